#include "gateway/analysis.h"

#include "base/text.h"
#include "gateway/stop_words.h"

#include <libstemmer.h>
#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>

namespace patchbay::gateway {

namespace {

constexpr std::size_t longest_word = 64;    // bytes; the rest of a longer word is dropped
constexpr std::size_t longest_joined = 24;  // bytes
constexpr std::size_t most_joined_parts = 3;

enum class Kind : std::uint8_t { separator, upper, lower, digit, pair };

bool is_written_in_pairs(std::int32_t c) {
  return (c >= 0x2E80 && c <= 0x2FDF) || (c >= 0x3040 && c <= 0x30FF) || (c >= 0x3400 && c <= 0x4DBF) ||
         (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0xAC00 && c <= 0xD7AF) || (c >= 0xF900 && c <= 0xFAFF) ||
         (c >= 0x20000 && c <= 0x3FFFF);
}

Kind kind_of(std::int32_t c) {
  if (c < 0x80) {
    if (c >= 'a' && c <= 'z') return Kind::lower;
    if (c >= 'A' && c <= 'Z') return Kind::upper;
    return c >= '0' && c <= '9' ? Kind::digit : Kind::separator;
  }
  if (is_written_in_pairs(c))
    return utf8proc_category(c) == UTF8PROC_CATEGORY_PO ? Kind::separator : Kind::pair;
  switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LT:
      return Kind::upper;
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
      return Kind::lower;
    case UTF8PROC_CATEGORY_ND:
      return Kind::digit;
    default:
      return Kind::separator;
  }
}

bool is_ascii(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return (static_cast<unsigned char>(c) & 0x80) != 0; });
}

const utf8proc_uint8_t* bytes_of(const char* text) {
  return reinterpret_cast<const utf8proc_uint8_t*>(text);
}

// One code point of `text` and its length; an invalid byte is U+0000, which separates words.
std::int32_t next_code_point(std::string_view text, std::size_t& size) {
  if (static_cast<unsigned char>(text.front()) < 0x80) {
    size = 1;
    return text.front();
  }
  utf8proc_int32_t c = 0;
  const auto read = utf8proc_iterate(bytes_of(text.data()), static_cast<utf8proc_ssize_t>(text.size()), &c);
  size = read > 0 ? static_cast<std::size_t>(read) : 1;
  return read > 0 ? c : 0;
}

// NFKC without accents. Marks are dropped while decomposing, so a long run of them is never sorted.
std::string normalized(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  while (!text.empty()) {
    std::size_t size = 0;
    const auto c = next_code_point(text, size);
    if (c == 0)
      valid += ' ';
    else
      valid.append(text.substr(0, size));
    text.remove_prefix(size);
  }
  constexpr int options = UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE | UTF8PROC_STRIPMARK;
  utf8proc_uint8_t* mapped = nullptr;
  const auto size = utf8proc_map(bytes_of(valid.data()), static_cast<utf8proc_ssize_t>(valid.size()), &mapped,
                                 static_cast<utf8proc_option_t>(options));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(mapped, &std::free);
  if (size < 0) return valid;
  return {reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(size)};
}

}  // namespace

// Reads one text, code point by code point. A run is a stretch of letters and digits; a part is what the case
// and digit boundaries leave of it.
class WordSplitter {
 public:
  explicit WordSplitter(Words& into) : into_(into) {}

  void read(std::string_view text) {
    while (!text.empty()) {
      std::size_t size = 0;
      const auto c = next_code_point(text, size);
      take(c, kind_of(c), text.substr(0, size));
      text.remove_prefix(size);
    }
    end_run();
  }

 private:
  void take(std::int32_t c, Kind kind, std::string_view bytes) {
    if (kind == Kind::separator) return end_run();
    if (kind == Kind::pair) return take_pair(bytes);
    if (pairing_) end_run();
    if (last_ != Kind::separator && kind != last_) {
      if (kind == Kind::digit || last_ == Kind::digit || last_ == Kind::lower) end_part();
      // HTTPServer: the last capital of an acronym begins the next part.
      else if (capitals_ > 1)
        end_acronym();
    }
    capitals_ = kind == Kind::upper ? capitals_ + 1 : 0;
    last_ = kind;
    last_begin_ = into_.chars_.size();
    append_lower(c, bytes);
  }

  void append_lower(std::int32_t c, std::string_view bytes) {
    if (into_.chars_.size() - part_begin_ + bytes.size() > longest_word) return;
    if (c < 0x80) {
      into_.chars_ += ascii_lower(static_cast<char>(c));
      return;
    }
    utf8proc_uint8_t encoded[4];
    const auto size = utf8proc_encode_char(utf8proc_tolower(c), encoded);
    into_.chars_.append(reinterpret_cast<const char*>(encoded), static_cast<std::size_t>(size));
  }

  void take_pair(std::string_view bytes) {
    if (!pairing_) end_run();
    pairing_ = true;
    const std::size_t begin = into_.chars_.size();
    if (!before_.empty()) {
      into_.chars_ += before_;
      into_.chars_.append(bytes);
      add(begin, into_.chars_.size(), false);
      ++pairs_;
    }
    before_ = bytes;
    part_begin_ = into_.chars_.size();
  }

  void end_acronym() {
    const std::size_t end = into_.chars_.size();
    if (last_begin_ > part_begin_ && last_begin_ < end) {
      add(part_begin_, last_begin_, false);
      ++parts_;
      part_begin_ = last_begin_;
    }
  }

  void end_part() {
    const std::size_t end = into_.chars_.size();
    if (end == part_begin_) return;
    add(part_begin_, end, false);
    part_begin_ = end;
    ++parts_;
  }

  void end_run() {
    if (pairing_ && pairs_ == 0) into_.chars_ += before_;  // one character alone is a word
    end_part();
    const std::size_t end = into_.chars_.size();
    if (parts_ >= 2 && parts_ <= most_joined_parts && end - run_begin_ <= longest_joined && !pairing_)
      add(run_begin_, end, true);
    run_begin_ = part_begin_ = end;
    parts_ = pairs_ = 0;
    capitals_ = 0;
    last_ = Kind::separator;
    pairing_ = false;
    before_ = {};
  }

  void add(std::size_t begin, std::size_t end, bool joined) {
    into_.words_.push_back(
        {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end - begin), joined});
  }

  Words& into_;
  Kind last_ = Kind::separator;
  bool pairing_ = false;
  std::string_view before_;  // the character before, in a run written in pairs
  std::size_t run_begin_ = 0, part_begin_ = 0, last_begin_ = 0;
  std::size_t parts_ = 0, pairs_ = 0, capitals_ = 0;
};

void Words::read(std::string_view text) {
  chars_.clear();
  words_.clear();
  if (is_ascii(text)) {
    WordSplitter(*this).read(text);
    return;
  }
  const std::string plain = normalized(text);
  WordSplitter(*this).read(plain);
}

bool is_stop_word(std::string_view word) {
  return std::binary_search(std::begin(stop_words), std::end(stop_words), word);
}

Stemmer::Stemmer() : stemmer_(sb_stemmer_new("english", "UTF_8")) {}

void Stemmer::Close::operator()(sb_stemmer* stemmer) const {
  sb_stemmer_delete(stemmer);
}

std::string_view Stemmer::stem(std::string_view word) {
  if (!stemmer_) return word;
  const auto* stemmed = sb_stemmer_stem(stemmer_.get(), reinterpret_cast<const sb_symbol*>(word.data()),
                                        static_cast<int>(word.size()));
  if (stemmed == nullptr) return word;
  return {reinterpret_cast<const char*>(stemmed),
          static_cast<std::size_t>(sb_stemmer_length(stemmer_.get()))};
}

Stemmer& thread_stemmer() {
  thread_local Stemmer stemmer;
  return stemmer;
}

std::string_view first_characters(std::string_view text, std::size_t characters) {
  const std::size_t most = std::min(text.size(), 4 * characters);
  std::size_t end = 0;
  while (end < most) {
    const bool begins = (static_cast<unsigned char>(text[end]) & 0xC0) != 0x80;
    if (begins && characters-- == 0) break;
    ++end;
  }
  return text.substr(0, end);
}

std::vector<std::string_view> split_sentences(std::string_view text, std::size_t limit) {
  std::vector<std::string_view> sentences;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size() && sentences.size() + 1 < limit; ++at) {
    const char c = text[at];
    const bool stop = c == '.' || c == '!' || c == '?' || c == ';';
    const bool ends =
        c == '\n' || (stop && at + 1 < text.size() && (text[at + 1] == ' ' || text[at + 1] == '\n'));
    const bool wide_stop = text.substr(at, 3) == "\xE3\x80\x82";  // the ideographic full stop
    if (!ends && !wide_stop) continue;
    const auto sentence = trim(text.substr(begin, at - begin));
    if (!sentence.empty()) sentences.push_back(sentence);
    begin = at + (wide_stop ? 3 : 1);
  }
  const auto rest = trim(text.substr(std::min(begin, text.size())));
  if (!rest.empty()) sentences.push_back(rest);
  return sentences;
}

}  // namespace patchbay::gateway
