# Installation and the Debian package: `cmake --install build/release`, `cpack --config build/release/CPackConfig.cmake`.
#
# The programs find one another from where they are (bin/peapod looks in ../libexec/peapod), so a tree that is unpacked or
# staged (DESTDIR) anywhere runs from there.

# Installing builds nothing: the tests need not be there for it.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)

install(TARGETS peapod DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS peapod-keeper peapod-scope peapod-unpack pause DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/peapod)
install(FILES ${CMAKE_SOURCE_DIR}/share/seccomp.json DESTINATION ${CMAKE_INSTALL_DATADIR}/peapod)
install(FILES ${CMAKE_SOURCE_DIR}/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME peapod)
set(CPACK_PACKAGE_CONTACT "The peapod developers <peapod@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_PACKAGE_DESCRIPTION
"Runs pods: groups of containers that share chosen namespaces (network, IPC,
hostname, processes), a budget of memory and processor time, an address and
published ports. No daemon; one small supervisor per running pod. Commands and
options are those of Podman.")
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/package)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
# libarchive and what else is linked dynamically is found in the programs. nft makes the base rules of the network
# (src/network/rules.cc); catatonit is for --init.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "nftables")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "catatonit")
include(CPack)
