include(GNUInstallDirs)
install(TARGETS patchbay RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES systemd/patchbay.service DESTINATION lib/systemd/system OPTIONAL)
