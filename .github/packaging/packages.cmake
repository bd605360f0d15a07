# What `cpack -G DEB` and `cpack -G RPM` make of the install rules; build.sh calls them.
set(CPACK_PACKAGE_NAME pgclone)
set(CPACK_PACKAGE_VENDOR "The pgclone maintainers")
set(CPACK_PACKAGE_CONTACT "The pgclone maintainers <maintainers@pgclone.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "PostgreSQL database for every test worker")
set(CPACK_PACKAGE_DESCRIPTION "Gives every worker of a parallel test run its own PostgreSQL database: a
clone of one that was prepared, or an empty one. Many are made at once, and
nothing of them stays behind.")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/cpack)
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/.github/packaging/stage.cmake)

# The libraries come from what the program is linked with, on the system that it is built on.
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION database)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS postgresql)
set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_LICENSE MIT)
set(CPACK_RPM_PACKAGE_GROUP Applications/Databases)
set(CPACK_RPM_PACKAGE_DESCRIPTION ${CPACK_PACKAGE_DESCRIPTION})
set(CPACK_RPM_SPEC_MORE_DEFINE "%define _build_id_links none")
# Folders that belong to other packages.
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION
  /usr/share/man /usr/share/man/man1 /usr/share/man/man5 /usr/share/doc /usr/share/bash-completion
  /usr/share/bash-completion/completions /usr/share/zsh /usr/share/zsh/site-functions
  /usr/share/fish /usr/share/fish/vendor_completions.d)

include(CPack)
