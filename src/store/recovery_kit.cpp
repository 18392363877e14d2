#include "store/recovery_kit.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"
#include "base/time_text.h"
#include "store/derivations.h"

#include <array>

namespace patchbay {
namespace {

constexpr std::size_t lines = 4;
constexpr std::size_t digits_of_line = 16;
constexpr std::size_t digits_of_check = 4;

std::string check_of(std::size_t line, std::string_view digits) {
  return to_hex(crypto::sha256(cat(derivations::recovery_line, '|', line, '|', digits)))
      .substr(0, digits_of_check);
}

// The digits of line `number` of the kit and its check, 20 in all; nothing where `line` is another one.
std::optional<std::string> read_line(std::string_view line, std::size_t number) {
  line = trim(line);
  const std::string head = std::to_string(number);
  if (!line.starts_with(head) || line.size() == head.size() || (line[1] != ' ' && line[1] != '\t'))
    return std::nullopt;
  std::string digits;
  for (const char c : line.substr(head.size()))
    if (c != ' ' && c != '\t') digits += ascii_lower(c);
  return digits;
}

Error bad_line(const char* id, std::size_t number, std::string_view what) {
  return Error::invalid(id, cat("Line ", number, " of the recovery kit ", what));
}

std::string require_line(std::string_view text, std::size_t number) {
  for (const auto line : split(text, '\n')) {
    auto digits = read_line(line, number);
    if (!digits) continue;
    if (digits->size() != digits_of_line + digits_of_check ||
        digits->find_first_not_of("0123456789abcdef") != std::string::npos)
      throw bad_line("kit_form", number, "must have 16 hex digits of the key and 4 that check them.");
    const std::string key_digits = digits->substr(0, digits_of_line);
    if (!crypto::equal(check_of(number, key_digits), std::string_view(*digits).substr(digits_of_line)))
      throw bad_line("kit_check", number, "does not fit its check digits. Compare it with the paper.");
    return key_digits;
  }
  throw bad_line("kit_form", number, "is missing. A kit has four lines that begin with 1 to 4.");
}

}  // namespace

Secret make_recovery_kit(const SecureBytes& master_key, const Keyring& keyring, Instant now) {
  std::string text;
  text.reserve(1024);  // one buffer, wiped by Secret
  text += cat("Patchbay recovery kit\n\n  installation  ", keyring.install_id(), "\n  key           ",
              keyring.key_id(), "\n  made          ", to_rfc3339(now), "\n\n");
  const Secret digits(to_hex(master_key.reveal()));
  for (std::size_t i = 0; i < lines; ++i) {
    const std::string_view part =
        std::string_view(digits.reveal()).substr(i * digits_of_line, digits_of_line);
    text += cat("  ", i + 1, "  ");
    for (std::size_t at = 0; at < part.size(); at += 4) {
      text += part.substr(at, 4);
      text += ' ';
    }
    text += cat(" ", check_of(i + 1, part), "\n");
  }
  text +=
      "\nWho has this and the data directory can read everything. Without the master key or this kit nobody "
      "can,\nand there is no other way back. Keep it on paper, away from the machine. To make the key file "
      "again:\n  patchbay keys recover FILE\n";
  return Secret(std::move(text));
}

SecureBytes read_recovery_kit(std::string_view text) {
  std::string digits;
  digits.reserve(lines * digits_of_line);
  for (std::size_t number = 1; number <= lines; ++number) digits += require_line(text, number);
  const SecureBytes all(std::move(digits));
  auto key = from_hex(all.reveal());
  if (!key) throw Error::internal("kit_form", "The recovery kit cannot be read.");
  return SecureBytes(std::move(*key));
}

}  // namespace patchbay
