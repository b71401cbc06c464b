set -e
mkdir -p gen/python gen/bin
echo "RUNTIME = '$LAMELLA_RUNTIME'; ARCHITECTURE = '$LAMELLA_ARCHITECTURE'" > gen/python/generated.py
printf '#!/bin/sh\nexit 0\n' > gen/bin/tool
chmod +x gen/bin/tool
