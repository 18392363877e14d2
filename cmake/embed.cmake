# schema.sql, the JSON Schema of the catalog, the API's document, the sign-in providers and web/static become part of the binary:
# one .incbin per file.
set(embedded_files ${PROJECT_SOURCE_DIR}/schema.sql ${PROJECT_SOURCE_DIR}/managed-servers.schema.json
    ${PROJECT_SOURCE_DIR}/src/http/openapi.json ${PROJECT_SOURCE_DIR}/src/oauth/providers.json)
file(GLOB_RECURSE web_files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/web/static/*)
list(APPEND embedded_files ${web_files})
set(assembly ".section .rodata\n")
set(table "")
set(number 0)
foreach(file ${embedded_files})
  file(RELATIVE_PATH name ${PROJECT_SOURCE_DIR} ${file})
  string(APPEND assembly "embedded_${number}:\n.incbin \"${file}\"\nembedded_${number}_end:\n.byte 0\n"
         ".global embedded_${number}\n.global embedded_${number}_end\n")
  string(APPEND declarations "extern const char embedded_${number}[];\nextern const char embedded_${number}_end[];\n")
  string(APPEND table "    {\"${name}\", embedded_${number}, embedded_${number}_end},\n")
  math(EXPR number "${number} + 1")
endforeach()
string(APPEND assembly ".section .note.GNU-stack,\"\",@progbits\n")
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/embedded/embedded.s CONTENT "${assembly}" @ONLY)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/embedded/embedded_table.inc
     CONTENT "extern \"C\" {\n${declarations}}\nnamespace {\nconst Embedded table[] = {\n${table}};\n}\n" @ONLY)
enable_language(ASM)
add_library(patchbay_embedded STATIC ${CMAKE_BINARY_DIR}/embedded/embedded.s)
set_source_files_properties(${CMAKE_BINARY_DIR}/embedded/embedded.s PROPERTIES OBJECT_DEPENDS "${embedded_files}")
target_include_directories(patchbay_embedded INTERFACE ${CMAKE_BINARY_DIR}/embedded)
