#pragma once

#include "domain/server.h"

namespace patchbay {

// Whether what was given for the one must not be used with the other: another place, another kind of sign-in,
// another client, another's account (R92, R93).
bool leads_elsewhere(const Server& before, const Server& after);

}  // namespace patchbay
