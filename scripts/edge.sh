#!/bin/sh
# Starts the voice edge: looks at its parts first, and says what is missing.
# Usage: scripts/edge.sh [options of tutti edge]; settings lie in .env.local of this folder.
set -eu
tutti="$(dirname "$0")/../bin/tutti.mjs"
node "$tutti" edge doctor "$@" || {
  echo 'edge.sh: mend what is bad above, then start again' >&2
  exit 1
}
exec node "$tutti" edge "$@"
