find_package(GTest REQUIRED)

# peapod_library(NAME FILES... [DEPENDS libs...]): the library of one folder of src/ and, from the *_test.cc files
# beside the code, its test program NAME_test.
function(peapod_library name)
  cmake_parse_arguments(arg "" "" "DEPENDS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cc)
  file(GLOB tests CONFIGURE_DEPENDS *_test.cc)
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
    target_link_options(${name} PRIVATE -static)
  endif()
endfunction()
