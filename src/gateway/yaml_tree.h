#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace patchbay::gateway {

// One value of a YAML document that passed the scan of catalog_file: no anchors, tags or duplicate keys,
// every key is text, 16 levels at most.
struct YamlNode {
  enum class Kind : std::uint8_t { null, plain, quoted, list, map };
  Kind kind = Kind::null;
  int line = 1;  // both count from 1
  int column = 1;
  std::uint32_t text_at = 0;
  std::uint32_t text_size = 0;
  std::uint32_t end = 0;  // the index after everything below this node
};

// A document as one flat list in the order of its text: a list's items, or a map's keys and values in turn,
// follow their node. Nothing here recurses, and 100,000 entries take a few megabytes.
struct YamlTree {
  using Index = std::uint32_t;

  std::deque<YamlNode> nodes;
  std::string texts;

  const YamlNode& operator[](Index at) const { return nodes[at]; }
  YamlNode::Kind kind(Index at) const { return nodes[at].kind; }
  std::string_view text(Index at) const {
    return std::string_view(texts).substr(nodes[at].text_at, nodes[at].text_size);
  }
};

}  // namespace patchbay::gateway
