#pragma once

#include "http/error_table.h"

namespace patchbay::http {

// The table is longer than a file may be; error_groups() puts it together.
std::span<const ErrorText> server_errors();
std::span<const ErrorText> call_errors();
std::span<const ErrorText> oauth_errors();
std::span<const ErrorText> app_errors();
std::span<const ErrorText> machine_errors();

}  // namespace patchbay::http
