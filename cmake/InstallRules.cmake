# What `make install` puts in place: the program, its documents, and enough for find_package to
# find the program.
if(NOT TARGET gmail-mcp)
  return()
endif()

include(CMakePackageConfigHelpers)
set(_package "${CMAKE_INSTALL_LIBDIR}/cmake/gmail_mcp")

install(TARGETS gmail-mcp EXPORT gmail_mcp_targets RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(EXPORT gmail_mcp_targets NAMESPACE gmail_mcp:: FILE gmail_mcpConfig.cmake
        DESTINATION "${_package}")
write_basic_package_version_file("${CMAKE_BINARY_DIR}/gmail_mcpConfigVersion.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_BINARY_DIR}/gmail_mcpConfigVersion.cmake" DESTINATION "${_package}")

install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(FILES README.md DESTINATION "${CMAKE_INSTALL_DOCDIR}" OPTIONAL)
install(DIRECTORY docs/ DESTINATION "${CMAKE_INSTALL_DOCDIR}")
