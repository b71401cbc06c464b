// SPDX-License-Identifier: Apache-2.0
//
// For tests: a project with a backend of its own, so that building it needs nothing but an interpreter.
#pragma once

#include <map>
#include <string>

namespace lamella::package::fixture {

/// Files by path below the project's folder.
inline std::map<std::string, std::string> project() {
  return {
      {"pyproject.toml",
       "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\"tools\"]\n"
       "[project]\nname = \"shop\"\nversion = \"1.0\"\n"},
      {"src/shop/__init__.py", "NAME = 'shop'\n"},
      {"tools/backend.py",
       "import os, pathlib, zipfile\n\n\n"
       "def build_wheel(folder, settings=None, metadata=None):\n"
       "    info = 'shop-1.0.dist-info/'\n"
       "    files = {str(p.relative_to('src')): p.read_text() for p in pathlib.Path('src').rglob('*.py')}\n"
       "    files[info + 'METADATA'] = 'Metadata-Version: 2.1\\nName: shop\\nVersion: 1.0\\n'\n"
       "    files[info + 'WHEEL'] = 'Wheel-Version: 1.0\\nGenerator: own\\nRoot-Is-Purelib: true\\nTag: "
       "py3-none-any\\n'\n"
       "    files[info + 'RECORD'] = ''.join(p + ',,\\n' for p in [*files, info + 'RECORD'])\n"
       "    pathlib.Path('left-over').write_text('x')\n"
       "    print('building')\n"
       "    with zipfile.ZipFile(os.path.join(folder, 'shop-1.0-py3-none-any.whl'), 'w') as wheel:\n"
       "        for name, text in sorted(files.items()):\n"
       "            wheel.writestr(zipfile.ZipInfo(name), text)\n"
       "    return 'shop-1.0-py3-none-any.whl'\n"}};
}

}  // namespace lamella::package::fixture
