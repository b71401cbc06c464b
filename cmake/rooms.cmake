# SPDX-License-Identifier: Apache-2.0
#
# The house: every room, its floor, and the rooms it may touch.  tools/check_rooms.py reads these rows too
# and refuses an include that no row names.
set(ground base crypto document os graph archive stats)

lamella_room(ground base)
lamella_room(ground crypto TOUCHES base LIBRARIES OpenSSL::Crypto)
lamella_room(ground document TOUCHES base)
lamella_room(ground os TOUCHES base)
lamella_room(ground graph TOUCHES base)
lamella_room(ground archive TOUCHES base crypto LIBRARIES PkgConfig::deflate ZLIB::ZLIB)
lamella_room(ground stats TOUCHES base)

lamella_room(domain model TOUCHES base crypto document)
lamella_room(domain config TOUCHES base document model)
lamella_room(domain wire TOUCHES base crypto document model)
lamella_room(domain engine TOUCHES base crypto document graph stats model)

lamella_room(outside http TOUCHES base os LIBRARIES ${CMAKE_DL_LIBS})  # libcurl is loaded on demand: curl_on_demand.cc
lamella_room(outside sqlite TOUCHES base os LIBRARIES SQLite::SQLite3)
lamella_room(outside store TOUCHES base crypto document os http)
lamella_room(outside trees TOUCHES base os archive crypto store model)
lamella_room(outside aws TOUCHES base crypto document os http model wire)
lamella_room(outside sandbox TOUCHES base document os http model)
lamella_room(outside ledger TOUCHES base crypto document os sqlite model aws)

lamella_room(work resolve TOUCHES ${ground} model config store)
lamella_room(work change TOUCHES ${ground} model config store LIBRARIES ${CMAKE_DL_LIBS})  # libgit2 on demand: git_on_demand.h
lamella_room(work package TOUCHES ${ground} model store http sandbox)
lamella_room(work proof TOUCHES ${ground} model store trees sandbox)
lamella_room(work build TOUCHES ${ground} model store ledger resolve change package proof)
lamella_room(work deploy TOUCHES ${ground} model engine wire aws store ledger)
lamella_room(work endpoint TOUCHES ${ground} model wire http sqlite store trees sandbox)

set(below http sqlite store trees aws sandbox ledger resolve change package proof build deploy endpoint)
lamella_room(front commands TOUCHES ${ground} model config wire engine ${below})
lamella_room(front cli TOUCHES ${ground} model commands)
if(TARGET lamella_cli)
  target_compile_definitions(lamella_cli PRIVATE LAMELLA_VERSION="${PROJECT_VERSION}")
endif()

file(GLOB rule_packs CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/rules/*.toml)
lamella_embed(config rule_packs ${rule_packs})
lamella_embed(sandbox sandbox_helper ${CMAKE_BINARY_DIR}/lamella-init)
file(GLOB runtime_tables CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/runtimes/*.toml)
lamella_embed(sandbox runtime_files ${runtime_tables} ${CMAKE_SOURCE_DIR}/runtimes/python/pins.toml
              ${CMAKE_SOURCE_DIR}/runtimes/python/bootstrap.py)
lamella_embed(package package_scripts ${CMAKE_SOURCE_DIR}/src/work/package/compile_bytecode.py
              ${CMAKE_SOURCE_DIR}/src/work/package/build_wheel.py)
lamella_embed(proof proof_scripts ${CMAKE_SOURCE_DIR}/src/work/proof/prove.py
              ${CMAKE_SOURCE_DIR}/src/work/proof/run_tests.py)

file(GLOB main_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/front/main/*.cc)
if(main_sources)
  add_executable(lamella ${main_sources})
  target_link_libraries(lamella PRIVATE lamella_flags lamella_cli lamella_commands)
  get_property(rooms GLOBAL PROPERTY LAMELLA_ROOMS)
  foreach(room IN LISTS rooms)
    target_include_directories(lamella PRIVATE ${CMAKE_BINARY_DIR}/rooms/${room})
  endforeach()
endif()
