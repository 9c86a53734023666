# What pkg(8)'s test scripts use of atf-sh(3), in plain sh.
#
# usage: PYTHON=python3 sh atf.sh SRCDIR SCRIPT CASE RESULT
#        sh atf.sh SRCDIR SCRIPT		lists the cases
# The file RESULT gets one line: "passed", "failed: why" or "skipped: why".

Atf_srcdir=$1 Atf_script=$2 Atf_case=${3-} Atf_result=${4-}
Atf_here=${0%/*}

atf_get_srcdir() { echo "$Atf_srcdir"; }
atf_test_case() { :; }
atf_add_test_case() { echo "$1"; }
atf_set() { :; }

atf_skip()
{
	echo "skipped: $*" >"$Atf_result"
	exit 0
}

atf_pass()
{
	echo passed >"$Atf_result"
	exit 0
}

atf_fail()
{
	printf 'failed: %s\n' "$*" >"$Atf_result"
	exit 1
}

atf_check_equal()
{
	[ "$1" = "$2" ] || atf_fail "$1 is not $2"
}

atf_check()
{
	"$PYTHON" -IS "$Atf_here/atf_check.py" "$Atf_result" "$@" || exit 1
}

. "$Atf_script"
if [ -z "$Atf_case" ]; then
	atf_init_test_cases
	exit 0
fi
"${Atf_case}_body"
atf_pass
