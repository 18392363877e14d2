#include "oauth/token_answer.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/encoding.h"
#include "base/json.h"
#include "base/text.h"
#include "oauth/foreign_text.h"
#include "oauth/form.h"
#include "oauth/scope_text.h"

namespace patchbay::oauth {

namespace {

constexpr std::size_t longest_token = 16U << 10;
constexpr JsonLimits limits{256U << 10, 16};
constexpr std::int64_t assumed_seconds = 3600;
constexpr std::int64_t most_seconds = std::int64_t{365} * 24 * 3600;

TokenError unusable(int status, std::string_view why) {
  return {TokenFailure::transient, "oauth_bad_token_answer",
          "The sign-in service gave an answer that cannot be used. Try again; if it stays so, ask whoever "
          "runs it.",
          cat("status ", status, ": ", why)};
}

// The members that count, whatever they came in.
struct Answer {
  std::optional<Secret> access;
  std::optional<Secret> refresh;
  std::optional<std::string> token_type;
  std::optional<std::string> scope;
  std::optional<double> expires_in;
  std::string error;
  std::string description;
};

std::optional<double> seconds_of(std::string_view text) {
  // From a string; integers only, as from_chars for doubles would take "inf".
  if (const auto number = parse_number<std::int64_t>(trim(text))) return static_cast<double>(*number);
  return std::nullopt;
}

std::optional<double> seconds_of(Fields& fields) {
  if (!fields.has("expires_in") || fields.is_null("expires_in")) return std::nullopt;
  const Json& value = fields.value("expires_in");
  if (value.is_number()) return value.get<double>();
  if (value.is_string()) return seconds_of(value.get_ref<const std::string&>());
  return std::nullopt;
}

// Some put an object or a number where RFC 6749 §5.2 has a code; it is an error all the same.
std::string error_of(Fields& fields) {
  if (!fields.has("error") || fields.is_null("error")) return {};
  const Json& value = fields.value("error");
  if (value.is_string()) return value.get<std::string>();
  return value.is_boolean() && !value.get<bool>() ? "" : "unreadable";
}

std::optional<Secret> secret_of(Fields& fields, std::string_view key) {
  auto text = fields.find_text(key, longest_token);
  if (!text) return std::nullopt;
  return Secret(std::move(*text));
}

Answer read_json(std::string_view body) {
  const Json json = parse_json(body, limits);
  Fields fields(json);
  Answer answer;
  answer.error = error_of(fields);
  if (!answer.error.empty()) {
    if (fields.has("error_description") && !fields.is_null("error_description"))
      if (const Json& text = fields.value("error_description"); text.is_string())
        answer.description = text.get<std::string>();
    return answer;
  }
  answer.access = secret_of(fields, "access_token");
  answer.refresh = secret_of(fields, "refresh_token");
  answer.token_type = fields.find_text("token_type", 64);
  answer.scope = fields.find_text("scope", 64U << 10);
  answer.expires_in = seconds_of(fields);
  return answer;
}

Answer read_form(std::string_view body) {
  const auto form = FormFields::parse(body);
  if (form.repeated()) throw Error::invalid("bad_form", "A field stands twice.");
  Answer answer;
  answer.error = form.text("error");
  answer.description = form.text("error_description");
  if (const Secret* token = form.find("access_token")) answer.access = *token;
  if (const Secret* token = form.find("refresh_token")) answer.refresh = *token;
  if (form.has("token_type")) answer.token_type = form.text("token_type");
  if (form.has("scope")) answer.scope = form.text("scope");
  if (form.has("expires_in")) answer.expires_in = seconds_of(form.text("expires_in"));
  return answer;
}

std::optional<Answer> read(std::string_view content_type, std::string_view body) {
  const std::string type = lower(trim(content_type.substr(0, content_type.find(';'))));
  if (type == "text/html") return std::nullopt;
  try {
    return type == "application/x-www-form-urlencoded" ? read_form(body) : read_json(body);
  } catch (const Error&) {
    return std::nullopt;  // its sentence would say nothing that helps
  }
}

bool is_overloaded(int status) {
  return status >= 500 || status == 408 || status == 425 || status == 429;
}

bool holds(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

TokenError unavailable(std::string detail) {
  return {TokenFailure::transient, "oauth_token_unavailable",
          "The sign-in service is not available right now. Nothing is lost; try again soon.",
          std::move(detail)};
}

// Only these say that the sign-in itself is gone; everything else may be our settings or the moment.
TokenError refusal(int status, const Answer& answer, const TokenDialect& dialect) {
  const std::string& code = answer.error;
  std::string detail = cat("status ", status, ", error ", masked_text(code, 64));
  if (!answer.description.empty()) detail += cat(": ", masked_text(answer.description, 300));
  if (is_overloaded(status) || code == "temporarily_unavailable" || code == "server_error" ||
      code == "slow_down")
    return unavailable(std::move(detail));
  if (code == "invalid_grant" || code == "bad_refresh_token" || code == "bad_verification_code" ||
      holds(dialect.ended_errors, code))
    return {TokenFailure::ended, "oauth_sign_in_ended",
            "The provider does not accept this sign-in any more. Connect the account again.",
            std::move(detail)};
  return {
      TokenFailure::misconfigured, "oauth_client_refused",
      "The sign-in service refuses Patchbay's request. An admin must check the server's sign-in settings.",
      std::move(detail)};
}

bool is_token(const Secret& token) {
  const std::string& text = token.reveal();
  return !text.empty() && text.size() <= longest_token &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

void check_type(const Answer& answer, const TokenDialect& dialect, int status) {
  if (!answer.token_type || equal_ignoring_case(*answer.token_type, "bearer")) return;
  if (!holds(dialect.token_types, *answer.token_type))
    throw unusable(status, "the token is of another type than bearer");
}

Instant expiry(std::optional<double> seconds, Instant now) {
  if (!seconds) return now + std::chrono::seconds(assumed_seconds);
  const double bounded = std::clamp(*seconds, 0.0, static_cast<double>(most_seconds));
  return now + std::chrono::seconds(static_cast<std::int64_t>(bounded));
}

// GitHub answers with commas; a list of single names with commas in them is not known to exist.
std::string granted_scope(std::string scope) {
  if (scope.find(' ') == std::string::npos) std::replace(scope.begin(), scope.end(), ',', ' ');
  return clean_scope(scope);
}

}  // namespace

TokenAnswer parse_token_answer(int status, std::string_view content_type, std::string_view body, Instant now,
                               const TokenDialect& dialect) {
  const auto read_answer = read(content_type, body);
  if (!read_answer || (read_answer->error.empty() && status / 100 != 2)) {
    if (is_overloaded(status)) throw unavailable(cat("status ", status));
    if (status == 401) throw refusal(status, Answer{}, dialect);
    throw unusable(status, read_answer ? "no tokens and no error" : "neither JSON nor a form");
  }
  const Answer& answer = *read_answer;
  if (!answer.error.empty()) throw refusal(status, answer, dialect);
  check_type(answer, dialect, status);
  if (!answer.access) throw unusable(status, "no access token");
  if (!is_token(*answer.access))
    throw unusable(status, "the access token has characters that no header can carry");
  TokenAnswer out;
  out.access = *answer.access;
  if (answer.refresh && !answer.refresh->empty()) {
    if (!is_token(*answer.refresh)) throw unusable(status, "the refresh token is not plain text");
    out.refresh = answer.refresh;
  }
  out.expires_at = expiry(answer.expires_in, now);
  out.expiry_is_guess = !answer.expires_in;
  out.has_scope = answer.scope.has_value();
  if (answer.scope) out.scope = granted_scope(*answer.scope);
  return out;
}

TokenError no_token_answer(std::string detail) {
  return unavailable(std::move(detail));
}

}  // namespace patchbay::oauth
