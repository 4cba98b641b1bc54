# Everything comes from Debian's packages; a missing one is named as the package to install.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

function(require_library target module package)
    pkg_check_modules(${target} IMPORTED_TARGET ${module})
    if(NOT ${target}_FOUND)
        message(FATAL_ERROR "${module} was not found. Install it with: apt-get install ${package}")
    endif()
endfunction()

require_library(LIBPQ libpq libpq-dev)
require_library(YAML yaml-0.1 libyaml-dev)
require_library(LIBXML2 libxml-2.0 libxml2-dev)
require_library(PCRE2 libpcre2-8 libpcre2-dev)
require_library(JANSSON jansson libjansson-dev)
if(BUILD_TESTING)
    require_library(CMOCKA cmocka libcmocka-dev)
endif()

find_path(UTHASH_INCLUDE_DIR uthash.h)
if(NOT UTHASH_INCLUDE_DIR)
    message(FATAL_ERROR "uthash.h was not found. Install it with: apt-get install uthash-dev")
endif()
