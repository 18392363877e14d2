#pragma once

#include <string_view>

namespace patchbay::gateway {

// Words too common to tell tools apart: the usual English ones and the verbs of asking. Sorted.
inline constexpr std::string_view stop_words[] = {
    "a",       "about",  "all",  "also",  "am",    "an",     "and",   "any",   "are",   "as",   "at",
    "be",      "been",   "but",  "by",    "can",   "could",  "did",   "do",    "does",  "don",  "for",
    "from",    "get",    "give", "had",   "has",   "have",   "he",    "help",  "her",   "here", "him",
    "his",     "how",    "i",    "if",    "in",    "into",   "is",    "it",    "its",   "just", "let",
    "like",    "ll",     "m",    "may",   "me",    "might",  "more",  "most",  "must",  "my",   "need",
    "no",      "not",    "now",  "of",    "on",    "only",   "or",    "other", "our",   "out",  "please",
    "provide", "re",     "s",    "shall", "she",   "should", "so",    "some",  "such",  "t",    "than",
    "thank",   "thanks", "that", "the",   "their", "them",   "then",  "there", "these", "they", "this",
    "those",   "to",     "too",  "up",    "us",    "use",    "used",  "using", "ve",    "very", "want",
    "was",     "we",     "were", "what",  "when",  "where",  "which", "who",   "why",   "will", "with",
    "would",   "you",    "your",
};

}  // namespace patchbay::gateway
