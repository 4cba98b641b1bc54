# A room outside liborm: a static library of all .c files in the calling folder (not below), named crdbcheck_NAME.
#   add_room(NAME LIBRARIES lib...)
# Its headers are included from the project's root, for example "reports/record/record.h".
function(add_room name)
    cmake_parse_arguments(arg "" "" "LIBRARIES" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
    if(NOT sources)
        return()
    endif()
    add_library(crdbcheck_${name} STATIC ${sources})
    target_include_directories(crdbcheck_${name} PUBLIC ${PROJECT_SOURCE_DIR})
    target_link_libraries(crdbcheck_${name} PUBLIC ${arg_LIBRARIES} PRIVATE crdbcheck_flags)
endfunction()
