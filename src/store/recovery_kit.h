#pragma once

#include <string_view>

#include "base/clock.h"
#include "base/secret.h"
#include "base/secure_bytes.h"
#include "store/keyring.h"

namespace patchbay {

// The master key on paper, the only way back where its source is lost:
//   kit  = text, then four lines
//   line = number "  " 4(4HEXDIG " ") " " check
// Each line holds 16 of the key's 64 hex digits; `check` is the first four hex digits of a hash over them and
// the line's number, so that a slip is found with its line.
Secret make_recovery_kit(const SecureBytes& master_key, const Keyring& keyring, Instant now);

// Reads what a person typed: case, blanks between the digits and all other lines do not count. Throws
// Error::invalid("kit_form" | "kit_check") that names the line.
SecureBytes read_recovery_kit(std::string_view text);

}  // namespace patchbay
