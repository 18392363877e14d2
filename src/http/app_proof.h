#pragma once

#include <optional>
#include <string>

#include "base/http_message.h"
#include "base/secret.h"
#include "domain/app.h"
#include "oauth/form.h"

namespace patchbay::http {

// How an application says who it is (RFC 6749 §2.3): by Basic, or in the form; a public one by its id alone.
struct AppProof {
  std::string client_id;
  Secret secret;
};
// Nothing where it does not say, says it in two ways, or the header is not well-formed.
std::optional<AppProof> read_app_proof(const HttpRequest& request, const oauth::FormFields& form);
bool proves(const AppProof& proof, const App& app);

}  // namespace patchbay::http
