#include "domain/public_url.h"

#include "base/error.h"
#include "base/text.h"
#include "base/url.h"

namespace patchbay {

PublicUrl parse_public_url(std::string_view text) {
  while (text.ends_with('/')) text.remove_suffix(1);
  const Url url = parse_url(text);
  if (url.path_and_query.find('?') != std::string::npos)
    throw Error::invalid("bad_url", "The public address must not have a query.");
  PublicUrl parsed;
  parsed.base_path = url.path_and_query == "/" ? "" : url.path_and_query;
  parsed.url = cat(url.origin(), parsed.base_path);
  return parsed;
}

}  // namespace patchbay
