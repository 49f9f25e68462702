"""What an experiment runs on: the machine, the devices of JAX, and the packages that do the computing."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

import jax

CPUINFO = Path("/proc/cpuinfo")


def processor() -> str:
    """The processor's name, or its architecture where the system does not give the name."""
    if CPUINFO.is_file():
        for line in CPUINFO.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def cores() -> int:
    """Cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def load_average() -> float:
    """Load average of the last minute; if it is above the number of cores, times cannot be trusted."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def device() -> str:
    """What JAX computes on, such as "cpu", "gpu (NVIDIA H100)", "4 x cpu" or "2 x cpu in 2 processes"."""
    devices, processes = jax.devices(), jax.process_count()
    kind = devices[0].platform
    if devices[0].device_kind != kind:
        kind = f"{kind} ({devices[0].device_kind})"
    number = f"{len(devices)} x " if len(devices) > 1 else ""
    return f"{number}{kind}" + (f" in {processes} processes" if processes > 1 else "")


def versions() -> dict[str, str]:
    """Versions of the packages that do the computing."""
    return {package: version(package) for package in ("genjax", "jax", "jaxlib", "numpy", "scipy")}
