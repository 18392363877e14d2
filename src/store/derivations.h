#pragma once

#include <string_view>

// Every string that separates one use of a key or hash from another. One per use, never reused, never edited.
namespace patchbay::derivations {

inline constexpr std::string_view kek = "patchbay/v1/kek";
inline constexpr std::string_view field = "patchbay/v1/field";
inline constexpr std::string_view state = "patchbay/v1/state";
inline constexpr std::string_view csrf = "patchbay/v1/csrf";
inline constexpr std::string_view audit_hmac = "patchbay/v1/audit-hmac";
inline constexpr std::string_view audit_chain = "patchbay/v1/audit-chain";
inline constexpr std::string_view audit_journal = "patchbay/v1/audit-journal";
inline constexpr std::string_view password_pepper = "patchbay/v1/pwpepper";
inline constexpr std::string_view app_refresh = "patchbay/v1/app-refresh";
inline constexpr std::string_view cursor = "patchbay/v1/cursor";

inline constexpr std::string_view keyring_wrap = "patchbay/keyring/v1";  // associated data of a wrapped key
inline constexpr std::string_view field_seal = "patchbay/field/v1";      // associated data of a sealed column
inline constexpr std::string_view token_hash = "patchbay/token/v1";
inline constexpr std::string_view journal_file = "patchbay/journal-file/v1/";  // and the generation
inline constexpr std::string_view recovery_line = "patchbay/recovery/v1";      // checks a line of the kit
inline constexpr std::string_view event_row = "patchbay/event/v1";
inline constexpr std::string_view event_anchor = "patchbay/event-anchor/v1";

}  // namespace patchbay::derivations
