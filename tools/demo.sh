#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# demo.sh LAMELLA EXAMPLE: the main job on the example workspace, as a new user would run it.
set -eu
lamella=$1
example=$2
"$lamella" up --project "$example"
short=${lamella#"$PWD"/}
place=${example#"$PWD"/}
cat <<TEXT

Try next:
  cd $place
  ../../$short invoke predict-api --event events/api-predict.json
  ../../$short size
  ../../$short local serve --port 9000     # then: eval "\$(../../$short local env)"; aws lambda list-layers
TEXT
