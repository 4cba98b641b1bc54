# The project's own flags, as a target, so that nothing leaks into what users of liborm compile with.
add_library(crdbcheck_flags INTERFACE)
target_compile_definitions(crdbcheck_flags INTERFACE _GNU_SOURCE)
target_compile_options(crdbcheck_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wwrite-strings -Wundef -Wvla -Wformat=2
    $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes -Wmissing-prototypes>)
if(CRDBCHECK_WERROR)
    target_compile_options(crdbcheck_flags INTERFACE -Werror)
endif()
if(CRDBCHECK_SANITIZE)
    # Arenas hand out single mallocs under sanitizers, so that every overrun and use after reset is seen.
    add_compile_definitions(ORM_ARENA_DEBUG=1)
    add_compile_options(-fsanitize=${CRDBCHECK_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${CRDBCHECK_SANITIZE})
endif()
if(CRDBCHECK_COVERAGE)
    add_compile_options(--coverage)
    add_link_options(--coverage)
endif()
