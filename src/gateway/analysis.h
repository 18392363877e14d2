#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct sb_stemmer;

namespace patchbay::gateway {

// How text becomes words, the same for tools and for queries. Any bytes are accepted: what is not UTF-8
// separates words. Nothing here throws but for want of memory.

struct Word {
  std::uint32_t begin = 0;
  std::uint32_t size = 0;
  bool joined = false;  // the parts before it written as one: gitHub -> git, hub, github
};

// Words of a text, one buffer; kept between texts so that memory is reused.
class Words {
 public:
  // Replaces what was there by the words of `text`: NFKC, accents stripped, split at what is neither letter
  // nor digit and at camelCase, acronym and digit boundaries, lower case; Chinese, Japanese and Korean as
  // pairs.
  void read(std::string_view text);

  const std::vector<Word>& all() const { return words_; }
  std::string_view text(const Word& word) const {
    return std::string_view(chars_).substr(word.begin, word.size);
  }

 private:
  friend class WordSplitter;
  std::string chars_;
  std::vector<Word> words_;
};

bool is_stop_word(std::string_view word);

// Porter2 for English. One stemmer belongs to one thread at a time.
class Stemmer {
 public:
  Stemmer();
  // The stem stays valid until the next call.
  std::string_view stem(std::string_view word);

 private:
  struct Close {
    void operator()(sb_stemmer* stemmer) const;
  };
  std::unique_ptr<sb_stemmer, Close> stemmer_;
};

// The calling thread's stemmer.
Stemmer& thread_stemmer();

// `text` up to `characters` code points, never cutting inside one.
std::string_view first_characters(std::string_view text, std::size_t characters);

// The sentences of a text, at most `limit`; the last one holds the rest.
std::vector<std::string_view> split_sentences(std::string_view text, std::size_t limit);

}  // namespace patchbay::gateway
