# Debian's rules for files that others install as they are: manual pages are compressed, the licence is
# called copyright, there is a changelog, and zsh looks for completion functions elsewhere.
if(CPACK_GENERATOR STREQUAL DEB)
  set(share ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr/share)
  file(GLOB manuals ${share}/man/man*/*.[1-8])
  string(TIMESTAMP now "%a, %d %b %Y %H:%M:%S +0000" UTC)
  file(WRITE ${share}/doc/pgclone/changelog "pgclone (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium

  * As the release notes of this version say.

 -- ${CPACK_PACKAGE_CONTACT}  ${now}
")
  execute_process(COMMAND gzip -9n ${manuals} ${share}/doc/pgclone/changelog COMMAND_ERROR_IS_FATAL ANY)
  file(RENAME ${share}/doc/pgclone/LICENSE ${share}/doc/pgclone/copyright)
  file(MAKE_DIRECTORY ${share}/zsh/vendor-completions)
  file(RENAME ${share}/zsh/site-functions/_pgclone ${share}/zsh/vendor-completions/_pgclone)
  file(REMOVE_RECURSE ${share}/zsh/site-functions)
endif()
