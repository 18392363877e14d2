# cmake --install: the binary, its unit, its man page and completions (printed by the binary itself), the example catalog.
include(GNUInstallDirs)
install(TARGETS patchbay RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

# The unit names the binary where it will lie.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/systemd/patchbay.service)
file(READ ${PROJECT_SOURCE_DIR}/systemd/patchbay.service unit)
string(REPLACE "/usr/bin/patchbay" "${CMAKE_INSTALL_FULL_BINDIR}/patchbay" unit "${unit}")
file(WRITE ${CMAKE_BINARY_DIR}/systemd/patchbay.service "${unit}")
install(FILES ${CMAKE_BINARY_DIR}/systemd/patchbay.service DESTINATION lib/systemd/system)

install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/CHANGELOG.md
              ${PROJECT_SOURCE_DIR}/managed-servers.example.yaml ${PROJECT_SOURCE_DIR}/managed-servers.schema.json
        DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)
if(PATCHBAY_UI)
  install(FILES ${PROJECT_SOURCE_DIR}/web/static/vendor/licenses.txt DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME licenses-of-web-ui.txt)
endif()

# print_and_install(FOLDER NAME ARGUMENTS...): what `patchbay ARGUMENTS` prints becomes FOLDER/NAME.
function(print_and_install folder name)
  string(REPLACE ";" "\" \"" arguments "${ARGN}")
  install(CODE "
    execute_process(COMMAND \"$<TARGET_FILE:patchbay>\" \"${arguments}\" RESULT_VARIABLE result
                    OUTPUT_FILE \"${CMAKE_BINARY_DIR}/printed/${name}\")
    if(NOT result EQUAL 0)
      message(FATAL_ERROR \"${name} could not be printed by patchbay (${result}).\")
    endif()")
  install(FILES ${CMAKE_BINARY_DIR}/printed/${name} DESTINATION ${folder})
endfunction()

if(NOT CMAKE_CROSSCOMPILING)
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/printed)
  print_and_install(${CMAKE_INSTALL_MANDIR}/man1 patchbay.1 help --man)
  print_and_install(${CMAKE_INSTALL_DATADIR}/bash-completion/completions patchbay completion bash)
  print_and_install(${CMAKE_INSTALL_DATADIR}/zsh/site-functions _patchbay completion zsh)
  print_and_install(${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d patchbay.fish completion fish)
endif()
