# schema.sql, the JSON Schema of the catalog, the API's document, the sign-in providers and web/static become part of the binary:
# one .incbin per file.
option(PATCHBAY_UI "Build the web UI in; takes node and npm" ON)
enable_language(ASM)
set(embedded ${CMAKE_BINARY_DIR}/embedded)

# embed(PREFIX FOLDER FILES...): PREFIX.s holds the files, PREFIX_table.inc their paths in FOLDER, in order. web/pack.mjs
# writes the same, with compressed bytes beside those of each file.
function(embed prefix folder)
  set(assembly ".section .rodata\n")
  set(declarations "")
  set(rows "")
  set(number 0)
  cmake_path(GET prefix FILENAME name)
  list(SORT ARGN)
  foreach(file ${ARGN})
    file(RELATIVE_PATH path ${folder} ${file})
    set(label embedded_${name}_${number})
    string(APPEND assembly "${label}:\n.incbin \"${file}\"\n${label}_end:\n.byte 0\n"
           ".global ${label}\n.global ${label}_end\n")
    string(APPEND declarations "extern const char ${label}[];\nextern const char ${label}_end[];\n")
    string(APPEND rows "    {\"${path}\", {${label}, ${label}_end}, {}, {}},\n")
    math(EXPR number "${number} + 1")
  endforeach()
  string(APPEND assembly ".section .note.GNU-stack,\"\",@progbits\n")
  file(CONFIGURE OUTPUT ${prefix}.s CONTENT "${assembly}" @ONLY)
  file(CONFIGURE OUTPUT ${prefix}_table.inc
       CONTENT "extern \"C\" {\n${declarations}}\nnamespace {\nconst Row ${name}_table[] = {\n${rows}};\n}\n" @ONLY)
  set_source_files_properties(${prefix}.s PROPERTIES OBJECT_DEPENDS "${ARGN}")
endfunction()

set(texts ${PROJECT_SOURCE_DIR}/schema.sql ${PROJECT_SOURCE_DIR}/managed-servers.schema.json
    ${PROJECT_SOURCE_DIR}/src/http/openapi.json ${PROJECT_SOURCE_DIR}/src/oauth/providers.json)
embed(${embedded}/texts ${PROJECT_SOURCE_DIR} ${texts})

set(web ${PROJECT_SOURCE_DIR}/web)
if(PATCHBAY_UI)
  find_program(NODE node)
  find_program(NPM npm)
  if(NOT NODE OR NOT NPM)
    message(FATAL_ERROR "The web UI takes node and npm. Install them, or leave it out with -DPATCHBAY_UI=OFF.")
  endif()
  # The libraries come first (web/static/vendor is not committed), then everything is compressed.
  file(GLOB_RECURSE web_files CONFIGURE_DEPENDS ${web}/static/*)
  list(FILTER web_files EXCLUDE REGEX "/static/vendor/")
  set(embedded_web ${embedded}/ui/web)
  add_custom_command(
    OUTPUT ${embedded_web}.s ${embedded_web}_table.inc
    DEPENDS ${web_files} ${web}/package.json ${web}/package-lock.json ${web}/icons.json ${web}/vendor.mjs ${web}/pack.mjs
    COMMAND sh -c "cmp -s package-lock.json node_modules/.installed || { \"$1\" ci --no-progress --loglevel=error && cp package-lock.json node_modules/.installed; }" sh ${NPM}
    COMMAND ${NODE} vendor.mjs
    COMMAND ${NODE} pack.mjs static ${embedded}/ui
    WORKING_DIRECTORY ${web} COMMENT "Packing the web UI" VERBATIM)
else()
  # What the pages that the server makes refer to.
  set(embedded_web ${embedded}/pages/web)
  embed(${embedded_web} ${web}/static ${web}/static/callback.js ${web}/static/page.css ${web}/static/welcome.js)
endif()

add_library(patchbay_embedded STATIC ${embedded}/texts.s ${embedded_web}.s ${embedded_web}_table.inc)
cmake_path(GET embedded_web PARENT_PATH embedded_web_folder)
target_include_directories(patchbay_embedded INTERFACE ${embedded} ${embedded_web_folder})
