#include "oauth/passwords.h"

#include <optional>

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"
#include "base/unicode.h"

namespace patchbay::oauth {
namespace {

constexpr std::size_t at_once = 2;
constexpr std::size_t most_waiting = 4;  // workers of the control plane, which others need too
constexpr std::size_t shortest = 12;
constexpr std::size_t longest = 256;
constexpr std::size_t salt_size = 16;
constexpr std::size_t hash_size = 32;
constexpr unsigned log_n = 15;
constexpr unsigned block = 8;
constexpr unsigned lanes = 3;

struct Stored {
  unsigned log_n = 0;
  unsigned r = 0;
  unsigned p = 0;
  std::string salt;
  std::string hash;
};

std::optional<Stored> parse(std::string_view text) {
  const auto parts = split(text, '$');
  if (parts.size() != 5 || !parts[0].empty() || parts[1] != "scrypt") return std::nullopt;
  const auto numbers = split(parts[2], ',');
  if (numbers.size() != 3 || !numbers[0].starts_with("ln=") || !numbers[1].starts_with("r=") ||
      !numbers[2].starts_with("p="))
    return std::nullopt;
  const auto ln = parse_number<unsigned>(numbers[0].substr(3));
  const auto r = parse_number<unsigned>(numbers[1].substr(2));
  const auto p = parse_number<unsigned>(numbers[2].substr(2));
  auto salt = from_base64url(parts[3]);
  auto hash = from_base64url(parts[4]);
  // Nothing that costs more than a few times what we ask for ourselves: the row may be damaged.
  if (!ln || !r || !p || *ln < 10 || *ln > 17 || *r > 16 || *p > 8 || !salt || !hash ||
      hash->size() != hash_size)
    return std::nullopt;
  return Stored{*ln, *r, *p, std::move(*salt), std::move(*hash)};
}

// So that the same password typed on another keyboard is the same.
Secret normalise(const Secret& password) {
  auto text = nfkc(password.reveal());
  if (!text) throw Error::invalid("password", "A password must be text.");
  return Secret(std::move(*text));
}

}  // namespace

// One of the two places to hash at.
class Passwords::Turn {
 public:
  explicit Turn(Passwords& passwords) : passwords_(passwords) {
    std::unique_lock lock(passwords_.mutex_);
    if (passwords_.running_ >= at_once && passwords_.waiting_ >= most_waiting)
      throw Error::limited("sign_in_busy",
                           "Too many people are signing in right now. Try again in a few seconds.", 5);
    ++passwords_.waiting_;
    passwords_.freed_.wait(lock, [&] { return passwords_.running_ < at_once; });
    --passwords_.waiting_;
    ++passwords_.running_;
  }
  ~Turn() {
    {
      const std::scoped_lock lock(passwords_.mutex_);
      --passwords_.running_;
    }
    passwords_.freed_.notify_one();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  Passwords& passwords_;
};

Passwords::Passwords(SecureBytes pepper) : pepper_(std::move(pepper)) {}

void Passwords::check(const Secret& password) {
  const std::string& text = password.reveal();
  if (!is_utf8(text) || text.find('\0') != std::string::npos)
    throw Error::invalid("password", "A password must be text.");
  if (text.size() < shortest)
    throw Error::invalid(
        "password", cat("A password has at least ", shortest, " characters. A few words make a good one."));
  if (text.size() > longest)
    throw Error::invalid("password", cat("A password has at most ", longest, " bytes."));
}

std::string Passwords::derive(const Secret& password, std::string_view salt, unsigned its_log_n, unsigned r,
                              unsigned p) {
  const Secret peppered(crypto::hmac_sha256(pepper_.reveal(), normalise(password).reveal()));
  const Turn turn(*this);
  return std::string(crypto::scrypt(peppered, salt, std::uint64_t{1} << its_log_n, r, p, hash_size).reveal());
}

std::string Passwords::hash(const Secret& password) {
  check(password);
  const std::string salt = crypto::random_bytes(salt_size);
  return cat("$scrypt$ln=", log_n, ",r=", block, ",p=", lanes, "$", to_base64url(salt), "$",
             to_base64url(derive(password, salt, log_n, block, lanes)));
}

bool Passwords::verify(const Secret& password, std::string_view stored) {
  if (!is_utf8(password.reveal()) || password.reveal().size() > longest) return false;
  const auto parsed = parse(stored);
  if (!parsed) {
    derive(password, std::string(salt_size, '\0'), log_n, block, lanes);
    return false;
  }
  return crypto::equal(derive(password, parsed->salt, parsed->log_n, parsed->r, parsed->p), parsed->hash);
}

bool Passwords::is_outdated(std::string_view stored) {
  const auto parsed = parse(stored);
  return parsed && (parsed->log_n < log_n || parsed->r < block || parsed->p < lanes);
}

}  // namespace patchbay::oauth
