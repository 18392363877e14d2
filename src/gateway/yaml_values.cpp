#include "gateway/yaml_values.h"

#include "base/error.h"
#include "base/text.h"
#include "gateway/yaml_words.h"

namespace patchbay::gateway {

namespace {

using Kind = YamlNode::Kind;

}  // namespace

void refuse(std::string_view sentence) {
  throw Error::invalid("catalog", std::string(sentence));
}

std::optional<YamlTree::Index> YamlValues::find_value(Index map, std::string_view key) const {
  std::optional<YamlTree::Index> found;
  each_pair(map, [&](Index name, Index value) {
    if (tree_.text(name) == key) found = value;
  });
  return found;
}

void YamlValues::expect_map(Index at) {
  at_ = at;
  if (tree_.kind(at) != Kind::map) refuse("This must be a mapping: lines of \"key: value\".");
}

std::string_view YamlValues::expect_word(Index at) {
  at_ = at;
  if (tree_.kind(at) != Kind::plain && tree_.kind(at) != Kind::quoted) refuse("This must be text.");
  return tree_.text(at);
}

std::string YamlValues::expect_text(Index at) {
  const std::string_view text = expect_word(at);
  if (tree_.kind(at) == Kind::plain && is_number_or_truth(text))
    refuse("This must be text, and YAML reads it as a number or a truth value. Put it in quotes.");
  if (text.find("${") != std::string_view::npos)
    refuse(
        "References such as ${env:NAME} are for \"apiKey\" and \"headers\" only; nothing is filled in here.");
  return std::string(text);
}

std::string YamlValues::expect_filled(Index at) {
  std::string text = expect_text(at);
  if (trim(text).empty()) refuse("This must not be blank.");
  return text;
}

bool YamlValues::expect_truth(Index at) {
  at_ = at;
  const auto truth = tree_.kind(at) == Kind::plain ? parse_truth(tree_.text(at)) : std::nullopt;
  if (!truth) refuse("This must be true or false, without quotes.");
  return *truth;
}

std::vector<std::string> YamlValues::expect_texts(Index at) {
  return expect_list(at, [this](Index item) { return expect_text(item); });
}

SecretReference YamlValues::expect_reference(Index at) {
  const auto reference = parse_secret_reference(expect_word(at));
  if (!reference)
    refuse(
        "Secrets do not belong in the catalog. Write a reference, ${env:NAME} or ${file:/path}, with at most"
        " a scheme such as \"Bearer \" before it.");
  return *reference;
}

}  // namespace patchbay::gateway
