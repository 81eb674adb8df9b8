# migrations/<engine>/*.sql -> generated/<engine>_migrations.h: the steps of a schema as constants of
# the program. The scripts are the only place where the schema stands, and may be run by hand as they
# are. A statement ends with a semicolon before an empty line; what the scripts have around their
# statements, so that running one by hand is written down too, sql::migrate does itself.
set(_before_sql "^.*CREATE TABLE IF NOT EXISTS schema_migrations [^;]*;\n\n")
set(_end_sql "INSERT INTO schema_migrations [^;]*;\n\nCOMMIT;\n$")
set(_after_sql ";\n\n${_end_sql}")
# A step that another engine needs: a comment says so.
set(_nothing_sql "^(--[^\n]*\n)+\n${_end_sql}")

file(GLOB _engines CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/migrations/*")
foreach(_engine_folder IN LISTS _engines)
  get_filename_component(_engine "${_engine_folder}" NAME)
  file(GLOB _scripts CONFIGURE_DEPENDS "${_engine_folder}/*.sql")  # sorted: in the order of steps
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${_scripts})
  set(_statements "")
  set(_steps "")
  foreach(_script IN LISTS _scripts)
    get_filename_component(_step "${_script}" NAME_WE)
    file(READ "${_script}" _sql)
    if(NOT _sql MATCHES "${_before_sql}" OR NOT _sql MATCHES "${_end_sql}")
      message(FATAL_ERROR "${_script} does not begin and end as the other steps do")
    endif()
    string(REGEX REPLACE "${_before_sql}" "" _sql "${_sql}")
    if(_sql MATCHES "${_nothing_sql}")
      string(APPEND _statements "inline constexpr std::span<const sql::Sql> step_${_step}{};\n\n")
    else()
      string(REGEX REPLACE "${_after_sql}" "" _sql "${_sql}")
      string(REPLACE ";\n\n" ")sql\",\n    R\"sql(" _sql "${_sql}")
      string(APPEND _statements
        "inline constexpr sql::Sql step_${_step}[] = {\n    R\"sql(${_sql})sql\"};\n\n")
    endif()
    string(APPEND _steps "    {\"${_step}\", step_${_step}},\n")
  endforeach()
  string(CONCAT _header
    "// Made from migrations/${_engine}/ by cmake/Migrations.cmake.\n"
    "#pragma once\n\n#include \"sql/migrate.h\"\n\n"
    "namespace gmail_mcp::store::${_engine}_steps {\n\n"
    "${_statements}inline constexpr sql::Migration all[] = {\n${_steps}};\n\n"
    "}  // namespace gmail_mcp::store::${_engine}_steps\n")
  file(CONFIGURE OUTPUT "generated/${_engine}_migrations.h" CONTENT "${_header}" @ONLY)
endforeach()
