import os
import pathlib
import zipfile


def build_wheel(folder, settings=None, metadata=None):
    info = "shop-1.0.dist-info/"
    files = {str(p.relative_to("src")): p.read_text() for p in pathlib.Path("src").rglob("*.py")}
    files[info + "METADATA"] = "Metadata-Version: 2.1\nName: shop\nVersion: 1.0\n"
    files[info + "WHEEL"] = "Wheel-Version: 1.0\nGenerator: own\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files[info + "RECORD"] = "".join(p + ",,\n" for p in [*files, info + "RECORD"])
    with zipfile.ZipFile(os.path.join(folder, "shop-1.0-py3-none-any.whl"), "w") as wheel:
        for name, text in sorted(files.items()):
            wheel.writestr(zipfile.ZipInfo(name), text)
    return "shop-1.0-py3-none-any.whl"
