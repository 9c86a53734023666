# MACHINE_CPU: what the CPUs of MACHINE_ARCH can do, as words that ports look for.
# CPUTYPE in make.conf adds its own word and compiler flag to the baseline.

.if !defined(_CPUCFLAGS)
MACHINE_CPU.aarch64=	arm64
MACHINE_CPU.amd64=	amd64 sse2 sse mmx
MACHINE_CPU.armv6=	arm armv6
MACHINE_CPU.armv7=	arm armv7 armv6
MACHINE_CPU.i386=	i486
MACHINE_CPU.powerpc=	aim
MACHINE_CPU.powerpc64=	aim altivec
MACHINE_CPU.powerpc64le=	aim altivec vsx vsx2
MACHINE_CPU.riscv64=	riscv

MACHINE_CPU=	${CPUTYPE} ${MACHINE_CPU.${MACHINE_ARCH}}
MACHINE_CPU:=	${MACHINE_CPU:M*}

_CPU_OPTION=	${MACHINE_CPUARCH:Mpowerpc:?-mcpu:-march}
_CPUCFLAGS=	${CPUTYPE:M*:S/^/${_CPU_OPTION}=/}
.  if !defined(NO_CPU_CFLAGS)
CFLAGS+=	${_CPUCFLAGS}
.  endif
.endif
