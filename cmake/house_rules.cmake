# Warnings and sanitizers for our own targets; the libraries' headers are system headers and stay out of it.
add_library(house_rules INTERFACE)
target_compile_options(house_rules INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
                       -Wnon-virtual-dtor -Woverloaded-virtual -Wextra-semi)
# g++ 12 reports overlapping copies inside std::string that cannot happen (GCC PR 105651).
target_compile_options(house_rules INTERFACE -Wno-restrict)
if(PATCHBAY_WERROR)
  target_compile_options(house_rules INTERFACE -Werror)
endif()
if(PATCHBAY_SANITIZE)
  # g++ 12 sees uninitialised members in the standard library's own code once it is instrumented.
  target_compile_options(house_rules INTERFACE -Wno-maybe-uninitialized)
  add_compile_options(-fsanitize=${PATCHBAY_SANITIZE} -fno-omit-frame-pointer -g1 -O1
                      -foptimize-sibling-calls)
  add_link_options(-fsanitize=${PATCHBAY_SANITIZE})
  if(PATCHBAY_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
else()
  add_compile_options(-fstack-protector-strong -fPIE)
  add_compile_definitions($<$<CONFIG:Release,RelWithDebInfo>:_FORTIFY_SOURCE=2>)
  add_link_options(-pie -Wl,-z,relro,-z,now)
endif()
