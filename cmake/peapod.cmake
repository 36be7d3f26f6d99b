find_package(GTest REQUIRED)

# peapod_library(NAME [FOLDERS folders...] [DEPENDS libs...]): the library of one folder of src/, with those below it that
# are named and, from the *_test.cc files beside the code, its test program NAME_test.
function(peapod_library name)
  cmake_parse_arguments(arg "" "" "FOLDERS;DEPENDS" ${ARGN})
  set(globs *.cc)
  set(test_globs *_test.cc)
  foreach(folder ${arg_FOLDERS})
    list(APPEND globs ${folder}/*.cc)
    list(APPEND test_globs ${folder}/*_test.cc)
  endforeach()
  file(GLOB sources CONFIGURE_DEPENDS ${globs})
  file(GLOB tests CONFIGURE_DEPENDS ${test_globs})
  list(REMOVE_ITEM sources ${tests})
  list(FILTER sources EXCLUDE REGEX "_main\\.cc$")
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC ${arg_DEPENDS})
  if(tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE ${name} GTest::gtest_main)
    add_test(NAME unit-${name} COMMAND ${name}_test)
  endif()
endfunction()

# peapod_program(NAME MAIN libs...): a statically linked program (starting a dynamic one costs 2 to 3 ms more).
# The sanitizers need the dynamic loader, so that build stays dynamic.
function(peapod_program name main)
  add_executable(${name} ${main})
  target_link_libraries(${name} PRIVATE ${ARGN})
  if(NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize")
    target_link_options(${name} PRIVATE -static-pie)
  endif()
endfunction()
