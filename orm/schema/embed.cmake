# Makes C headers of SQL files. FOLDER/sql/NAME.sql becomes FOLDER/sql/NAME.h in the build folder, with the file's text,
# less its comment lines, as `static const char orm_sql_NAME[]`.
#
#   orm_embed_sql(FOLDER)     for the storey of that name; does nothing when the storey is not built
if(CMAKE_SCRIPT_MODE_FILE)
    # The build calls this file as a script, with IN, OUT and NAME. Bytes, because string literals have a greatest length.
    file(READ ${IN} text)
    string(REGEX REPLACE "(^|\n)[ ]*--[^\n]*" "\\1" text "${text}")
    string(STRIP "${text}" text)
    string(HEX "${text}" hex)
    string(REGEX REPLACE "(..)" "0x\\1, " bytes "${hex}")
    file(WRITE ${OUT} "static const char orm_sql_${NAME}[] = { ${bytes}0x00 };\n")
    return()
endif()

set(ORM_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

function(orm_embed_sql storey)
    if(NOT TARGET orm_${storey})
        return()
    endif()
    set(root ${CMAKE_CURRENT_BINARY_DIR}/embedded)
    file(MAKE_DIRECTORY ${root}/${storey}/sql)
    file(GLOB files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${storey}/sql/*.sql)
    foreach(file ${files})
        get_filename_component(name ${file} NAME_WE)
        set(header ${root}/${storey}/sql/${name}.h)
        add_custom_command(
            OUTPUT ${header}
            COMMAND ${CMAKE_COMMAND} -DIN=${file} -DOUT=${header} -DNAME=${name} -P ${ORM_EMBED_SCRIPT}
            DEPENDS ${file} ${ORM_EMBED_SCRIPT}
            VERBATIM)
        target_sources(orm_${storey} PRIVATE ${header})
    endforeach()
    target_include_directories(orm_${storey} PRIVATE ${root})
endfunction()
