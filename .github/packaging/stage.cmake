# Debian's rules for files that others install as they are: manual pages are compressed, the licence is
# called copyright, and zsh looks for completion functions elsewhere.
if(CPACK_GENERATOR STREQUAL DEB)
  set(share ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr/share)
  file(GLOB manuals ${share}/man/man*/*.[1-8])
  execute_process(COMMAND gzip -9n ${manuals} COMMAND_ERROR_IS_FATAL ANY)
  file(RENAME ${share}/doc/pgclone/LICENSE ${share}/doc/pgclone/copyright)
  file(MAKE_DIRECTORY ${share}/zsh/vendor-completions)
  file(RENAME ${share}/zsh/site-functions/_pgclone ${share}/zsh/vendor-completions/_pgclone)
  file(REMOVE_RECURSE ${share}/zsh/site-functions)
endif()
