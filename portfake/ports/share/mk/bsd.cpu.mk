# MACHINE_CPU: what the CPUs of MACHINE_ARCH can do, as words that ports look for. CPUTYPE, from
# make.conf, names a better CPU than the oldest of its kind; it adds words and a compiler flag.

.if !defined(_CPUCFLAGS)
MACHINE_CPU.aarch64=	arm64
MACHINE_CPU.amd64=	amd64 sse2 sse mmx
MACHINE_CPU.armv6=	arm armv6
MACHINE_CPU.armv7=	arm armv7
MACHINE_CPU.i386=	i486
MACHINE_CPU.powerpc=	aim
MACHINE_CPU.powerpc64=	aim altivec
MACHINE_CPU.powerpc64le=	aim altivec vsx vsx2
MACHINE_CPU.riscv64=	riscv

MACHINE_CPU=	${MACHINE_CPU.${MACHINE_ARCH}}
.  for types words in \
	"x86-64-v4 skylake-avx512 icelake-* sapphirerapids" "avx512 avx2 avx sse42 sse41 ssse3 sse3" \
	"x86-64-v3 haswell broadwell skylake alderlake znver*" "avx2 avx sse42 sse41 ssse3 sse3" \
	"ivybridge sandybridge btver2" "avx sse42 sse41 ssse3 sse3" \
	"x86-64-v2 nehalem westmere silvermont goldmont*" "sse42 sse41 ssse3 sse3" \
	"core2 bonnell" "ssse3 sse3" \
	"power9" "vsx vsx2 vsx3"
.    for type in ${types:S/"//g}
.      if !empty(CPUTYPE:U:M${type})
MACHINE_CPU+=	${words:S/"//g}
.      endif
.    endfor
.  endfor

# Names of architectures go to -march, names of CPUs to -mcpu; x86 compilers know -march only.
.  if ${MACHINE_CPUARCH} == amd64 || ${MACHINE_CPUARCH} == i386 || !empty(CPUTYPE:U:Marmv*)
_CPUCFLAGS=	${CPUTYPE:U:C/^./-march=&/}
.  else
_CPUCFLAGS=	${CPUTYPE:U:C/^./-mcpu=&/}
.  endif
.  if !defined(NO_CPU_CFLAGS)
CFLAGS+=	${_CPUCFLAGS}
.  endif
CFLAGS+=	${CFLAGS.${MACHINE_ARCH}}
CXXFLAGS+=	${CXXFLAGS.${MACHINE_ARCH}}
.endif
