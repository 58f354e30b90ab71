{
  # The second builder: node-gyp, from the same sources as CMakeLists.txt (sources.cjs). Without network:
  # node-gyp rebuild -C native --nodedir=<prefix of node>, where that prefix has include/node/node_api.h.
  "targets": [
    {
      "target_name": "chroom",
      "sources": ["<!@(node sources.cjs)"],
      # Node's own headers bring its OpenSSL's along, which would be compiled against instead of ours: out with them, the
      # stable C interface comes from a package, as with cmake-js.
      "include_dirs!": ["<(node_root_dir)/include/node"],
      "include_dirs": [
        "src",
        "<!(node -p \"require('node-addon-api').include_dir\")",
        "<!(node -p \"require('node-api-headers').include_dir\")"
      ],
      "defines": ["NAPI_VERSION=9", "NAPI_DISABLE_CPP_EXCEPTIONS", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"],
      "cflags_cc!": ["-std=gnu++17", "-std=gnu++14", "-fno-exceptions", "-O3"],
      "cflags_cc": [
        "-std=c++20",
        "-O2",
        "-g1",
        "-fexceptions",
        "-fPIC",
        "-fvisibility=hidden",
        "-Wall",
        "-Wextra",
        "-Wno-missing-field-initializers"
      ],
      "ldflags": ["-Wl,--exclude-libs,ALL", "-Wl,-z,nodelete"],
      "libraries": ["-l:libssl.a", "-l:libcrypto.a", "-lpthread", "-ldl"]
    }
  ]
}
