// SPDX-License-Identifier: Apache-2.0
//
// For tests: a project with an extension module in C, whose backend compiles it as CC says.
#pragma once

#include <map>
#include <string>

namespace lamella::package::fixture {

inline const std::string kFastModule =
    "#include <Python.h>\n"
    "static PyObject *twice(PyObject *self, PyObject *arg) { return PyNumber_Add(arg, arg); }\n"
    "static PyMethodDef methods[] = {{\"twice\", twice, METH_O, \"\"}, {0}};\n"
    "static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, \"_fast\", 0, -1, methods};\n"
    "PyMODINIT_FUNC PyInit__fast(void) { return PyModule_Create(&def); }\n";

/// Files by path below the project's folder.  Its `compiler` is a variable of the environment: CC or CXX.
inline std::map<std::string, std::string> native_project(const std::string& source = kFastModule,
                                                         const std::string& compiler = "CC") {
  return {
      {"src/shop/__init__.py", "from shop._fast import twice\n"},
      {compiler == "CC" ? "src/fast.c" : "src/fast.cc", source},
      {"tools/backend.py",
       "import base64, glob, hashlib, os, pathlib, subprocess, sysconfig, zipfile\n\n\n"
       "def build_wheel(folder, settings=None, metadata=None):\n"
       "    library = 'src/shop/_fast' + sysconfig.get_config_var('EXT_SUFFIX')\n"
       "    subprocess.check_call([os.environ.get('" +
           compiler +
           "', 'cc'), '-g', '-O2', '-shared', '-fPIC', '-o', library,\n"
           "                           os.path.abspath(glob.glob('src/fast.*')[0])])\n"
           "    info = 'shop-1.0.dist-info/'\n"
           "    files = {str(p.relative_to('src')): p.read_bytes() for p in "
           "pathlib.Path('src/shop').iterdir()}\n"
           "    files[info + 'METADATA'] = b'Metadata-Version: 2.1\\nName: shop\\nVersion: 1.0\\n'\n"
           "    files[info + 'WHEEL'] = b'Wheel-Version: 1.0\\nGenerator: own\\nRoot-Is-Purelib: false\\n'\n"
           "    digest = lambda data: "
           "base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()\n"
           "    lines = [f'{name},sha256={digest(data)},{len(data)}\\n' for name, data in files.items()]\n"
           "    files[info + 'RECORD'] = (''.join(lines) + info + 'RECORD,,\\n').encode()\n"
           "    tag = 'cp311-cp311-linux_' + os.uname().machine\n"
           "    name = 'shop-1.0-' + tag + '.whl'\n"
           "    with zipfile.ZipFile(os.path.join(folder, name), 'w') as wheel:\n"
           "        for path, data in sorted(files.items()):\n"
           "            wheel.writestr(zipfile.ZipInfo(path), data)\n"
           "    return name\n"}};
}

}  // namespace lamella::package::fixture
