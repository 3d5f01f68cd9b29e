# Writes OUT: a header with the hash of everything that compiled WebAssembly code depends on: the sources of the core and
# of its emitters, and the compiler with its flags (layouts of structures). Called with -DSOURCES=a|b|c -DFLAGS=text.
string(REPLACE "|" ";" files "${SOURCES}")
set(all "${FLAGS}")
foreach(file ${files})
  file(SHA256 ${file} hash)
  string(APPEND all "${hash}")
endforeach()
string(SHA256 id "${all}")
set(text "#define GVM_WASM_BUILD \"${id}\"\n")
file(WRITE ${OUT} "${text}")
