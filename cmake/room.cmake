# SPDX-License-Identifier: Apache-2.0
#
# lamella_room(FLOOR ROOM [TOUCHES room...] [LIBRARIES target...])
#   One static library lamella_ROOM from src/FLOOR/ROOM/*.cc without *_test.cc.  Its sources see the
#   headers of the rooms it touches (and of what those touch), and of no other.  A room whose folder
#   is absent is not made.
# lamella_embed(ROOM TABLE FILE...)
#   Compiles files into ROOM as `std::span<const base::EmbeddedFile> lamella::ROOM::TABLE()`, declared in
#   the generated header "embedded/TABLE.h".
# lamella_room_tests()
#   One executable ROOM_tests per room that has *_test.cc, registered with ctest as room.ROOM.
set_property(GLOBAL PROPERTY LAMELLA_ROOMS "")

# Warnings are for those who change the code; who only builds it is spared them.  -Wconversion is g++'s: clang's holds
# every change of sign too.
add_library(lamella_warnings INTERFACE)
if(LAMELLA_DEVELOPER_MODE)
  target_compile_options(lamella_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
                         -Wno-sign-conversion -Wno-missing-field-initializers -Werror)
else()
  target_compile_options(lamella_warnings INTERFACE -w)
endif()

# What all is built with but lamella-init, which no preset's flags reach.
add_library(lamella_flags INTERFACE)
target_link_libraries(lamella_flags INTERFACE lamella_warnings)
if(CMAKE_CXX_FLAGS MATCHES "-fsanitize=address")
  add_library(lamella_asan_options OBJECT ${CMAKE_SOURCE_DIR}/cmake/asan_options.cc)
  target_link_libraries(lamella_flags INTERFACE $<TARGET_OBJECTS:lamella_asan_options>)
endif()

# One precompiled header for all rooms and one, with the test libraries, for all tests.
function(lamella_precompile target kind)
  if(NOT LAMELLA_PRECOMPILE)
    return()
  endif()
  set(owner lamella_precompiled_${kind})
  if(NOT TARGET ${owner})
    file(WRITE ${CMAKE_BINARY_DIR}/generated/${kind}_precompiled.cc "")
    add_library(${owner} OBJECT ${CMAKE_BINARY_DIR}/generated/${kind}_precompiled.cc)
    target_link_libraries(${owner} PRIVATE lamella_flags fmt::fmt tl::expected Threads::Threads)
    set(headers ${CMAKE_SOURCE_DIR}/cmake/precompiled.h)
    if(kind STREQUAL tests)
      target_link_libraries(${owner} PRIVATE GTest::gmock)
      target_compile_definitions(${owner} PRIVATE LAMELLA_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
      list(APPEND headers <gmock/gmock.h>)
    endif()
    target_precompile_headers(${owner} PRIVATE ${headers})
  endif()
  target_precompile_headers(${target} REUSE_FROM ${owner})
endfunction()

# A room's sources are compiled six at a time, except those of cmake/apart.txt.
if(LAMELLA_UNITE)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/cmake/apart.txt)
  file(STRINGS ${CMAKE_SOURCE_DIR}/cmake/apart.txt apart REGEX "^src/")
  foreach(source IN LISTS apart)
    if(NOT EXISTS ${CMAKE_SOURCE_DIR}/${source})
      message(FATAL_ERROR "cmake/apart.txt names ${source}, which is not there; take the line out")
    endif()
    set_source_files_properties(${CMAKE_SOURCE_DIR}/${source} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  endforeach()
endif()

function(lamella_unite target)
  if(LAMELLA_UNITE)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 6)
  endif()
endfunction()

function(lamella_room_includes target room)
  get_property(seen GLOBAL PROPERTY LAMELLA_SEES_${room})
  foreach(one IN LISTS room seen)
    target_include_directories(${target} PRIVATE ${CMAKE_BINARY_DIR}/rooms/${one})
  endforeach()
  target_include_directories(${target} PRIVATE ${CMAKE_BINARY_DIR}/generated/${room})
endfunction()

function(lamella_room floor room)
  cmake_parse_arguments(ARG "" "" "TOUCHES;LIBRARIES" ${ARGN})
  set(folder ${CMAKE_SOURCE_DIR}/src/${floor}/${room})
  if(NOT EXISTS ${folder})
    return()
  endif()
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/rooms/${room} ${CMAKE_BINARY_DIR}/generated/${room}/embedded)
  file(CREATE_LINK ${folder} ${CMAKE_BINARY_DIR}/rooms/${room}/${room} SYMBOLIC)

  set(sees "")
  foreach(one IN LISTS ARG_TOUCHES)
    get_property(beyond GLOBAL PROPERTY LAMELLA_SEES_${one})
    list(APPEND sees ${one} ${beyond})
  endforeach()
  list(REMOVE_DUPLICATES sees)
  set_property(GLOBAL PROPERTY LAMELLA_SEES_${room} "${sees}")
  set_property(GLOBAL PROPERTY LAMELLA_FLOOR_${room} ${floor})
  set_property(GLOBAL APPEND PROPERTY LAMELLA_ROOMS ${room})

  file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cc)
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  if(NOT sources)
    file(WRITE ${CMAKE_BINARY_DIR}/generated/${room}/empty.cc "")
    set(sources ${CMAKE_BINARY_DIR}/generated/${room}/empty.cc)
  endif()
  add_library(lamella_${room} STATIC ${sources})
  lamella_room_includes(lamella_${room} ${room})
  target_link_libraries(lamella_${room} PRIVATE lamella_flags PUBLIC fmt::fmt tl::expected Threads::Threads)
  foreach(one IN LISTS ARG_TOUCHES)
    if(TARGET lamella_${one})
      target_link_libraries(lamella_${room} PUBLIC lamella_${one})
    endif()
  endforeach()
  target_link_libraries(lamella_${room} PRIVATE ${ARG_LIBRARIES})
  lamella_precompile(lamella_${room} rooms)
  lamella_unite(lamella_${room})
endfunction()

function(lamella_embed room table)
  if(NOT TARGET lamella_${room})
    return()
  endif()
  set(generated ${CMAKE_BINARY_DIR}/generated/${room}/embedded)
  set(assembly ".section .rodata\n")
  set(externs "")
  set(rows "")
  set(index 0)
  foreach(file IN LISTS ARGN)
    set(symbol lamella_embedded_${table}_${index})
    get_filename_component(name ${file} NAME)
    string(APPEND assembly ".global ${symbol}_begin\n${symbol}_begin:\n.incbin \"${file}\"\n"
                           ".global ${symbol}_end\n${symbol}_end:\n.byte 0\n")
    string(APPEND externs "extern const char ${symbol}_begin[];\nextern const char ${symbol}_end[];\n")
    string(APPEND rows "      {\"${name}\", {${symbol}_begin, static_cast<std::size_t>(${symbol}_end - ${symbol}_begin)}},\n")
    math(EXPR index "${index} + 1")
  endforeach()
  string(APPEND assembly ".section .note.GNU-stack,\"\",%progbits\n")
  file(CONFIGURE OUTPUT ${generated}/${table}.S CONTENT "${assembly}" @ONLY)
  file(CONFIGURE OUTPUT ${generated}/${table}.h CONTENT
"#pragma once
#include <span>
#include \"base/embedded_file.h\"
namespace lamella::${room} {
std::span<const base::EmbeddedFile> ${table}();
}
" @ONLY)
  file(CONFIGURE OUTPUT ${generated}/${table}.cc CONTENT
"#include \"embedded/${table}.h\"
#include <array>
extern \"C\" {
${externs}}
namespace lamella::${room} {
std::span<const base::EmbeddedFile> ${table}() {
  static const std::array<base::EmbeddedFile, ${index}> files = {{
${rows}  }};
  return files;
}
}
" @ONLY)
  target_sources(lamella_${room} PRIVATE ${generated}/${table}.S ${generated}/${table}.cc)
  set_source_files_properties(${generated}/${table}.S PROPERTIES OBJECT_DEPENDS "${ARGN}")
endfunction()

function(lamella_room_tests)
  find_package(GTest REQUIRED)
  get_property(rooms GLOBAL PROPERTY LAMELLA_ROOMS)
  foreach(room IN LISTS rooms)
    get_property(floor GLOBAL PROPERTY LAMELLA_FLOOR_${room})
    file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${floor}/${room}/*_test.cc)
    if(tests)
      add_executable(${room}_tests ${tests})
      lamella_room_includes(${room}_tests ${room})
      target_link_libraries(${room}_tests PRIVATE lamella_${room} lamella_flags GTest::gtest_main
                            GTest::gmock rapidcheck)
      target_compile_definitions(${room}_tests PRIVATE LAMELLA_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
      lamella_precompile(${room}_tests tests)
      lamella_unite(${room}_tests)
      add_test(NAME room.${room} COMMAND ${room}_tests --gtest_brief=1)
      set_tests_properties(room.${room} PROPERTIES TIMEOUT 300)
    endif()
  endforeach()
endfunction()
