# Each paragraph is a script of its own, run on the tree of test_commands.py.

find . | sort
find d | sort
find d -type f | sort
find . -name '*.txt'
find . -type l | sort
find a

find . -maxdepth 1 | sort
find . -mindepth 2 | sort
find d -depth -name 's*'
find . -name d -prune -o -print | sort
find d ! -type d | sort

find . -type f -name 'a*' -o -type d | sort
find . \( -name a -o -name b \) -print | sort
find . -not -name '*'
find . -empty | sort
find . -size 0 | sort
find d -path '*sub*' | sort
find . -iname A | sort

find d -type f -exec cat {} \; | sort
find d -type f -exec echo {} + | tr ' ' '\n' | sort
find . -name x -exec sh -c 'echo $0 $1' a {} \;
find d -type f -delete
find d
find . -newer a -name nothing

find . -perm 600 | sort
find . -perm -100 -type f | sort
find . -links 2 | sort
find -L . -type f -name x | sort
find dlink | sort
find -H dlink | sort
find dlink/ | sort
find nothere 2>/dev/null
echo $?
find . -samefile a | sort

find d -name sub -exec rm -rf {} +
find d | sort
find . -type f -print0 | sort -z | tr '\0' '\n'
find . -name x -exec false \; -o -name y -print
find d -type f | xargs chmod 611
find d -type d -exec chmod 711 {} \;

find . -regex '.*/[ab]' | sort
find . -false
find . -maxdepth 0 -true
find d -type f -a -name x
find . -type f ! -name '*.txt' ! -path './d/*' | sort
find d -quit
find d -name '.*' | sort
cd d
find . -name 's*' | sort
find .. -maxdepth 1 -name a

find d -type d -empty
mkdir e
find . -type d -empty
