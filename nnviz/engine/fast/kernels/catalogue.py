"""All kernels by name, and their machine code.

``ahead-3`` and ``back-3`` go through a line of operation 3 of :mod:`nnviz.engine.fast.codes`, ``rule-adam`` is an
optimizer's; ``prepare`` and ``hold`` stand around it, ``mask`` makes dropout masks, ``train`` calls all of them.
"""

from __future__ import annotations

from typing import Any, Final, cast

from llvmlite import binding  # type: ignore[import-untyped]  # llvmlite has no types
from numba import types

from nnviz.engine.fast.kernels.epochs import train_line
from nnviz.engine.fast.kernels.jit import OPTIONS, Line, njit, pointer_to
from nnviz.engine.fast.kernels.lines import BACK, FORWARD
from nnviz.engine.fast.kernels.randomness import mask_line
from nnviz.engine.fast.kernels.rules import RULES
from nnviz.engine.fast.kernels.updates import hold, prepare
from nnviz.engine.fast.store import LIBRARY

KERNELS: Final[dict[str, Line]] = {
    **{f"ahead-{operation}": kernel for operation, kernel in FORWARD.items()},
    **{f"back-{operation}": kernel for operation, kernel in BACK.items()},
    **{f"rule-{name}": kernel for name, kernel in RULES.items()},
    "prepare": prepare,
    "hold": hold,
    "mask": mask_line,
    "train": train_line,
}


def object_code(function: Line, symbol: str, *, single: bool) -> bytes:
    """Machine code of a kernel for float64 or float32, as an object file that has it under the name ``symbol``."""
    machine, module = module_of(function, symbol, single=single)
    return cast(bytes, machine.emit_object(module))


def module_of(function: Line, symbol: str, *, single: bool) -> tuple[binding.TargetMachine, binding.ModuleRef]:
    """The processor that numba compiles for, and a kernel's code.

    What numba makes tells an error by a status and asks a runtime for memory. Kernels do neither: a few instructions
    call it, and all that they do not reach is left out.
    """
    numbers = pointer_to(types.float32 if single else types.float64)
    signature = types.float64(pointer_to(types.int64), *(numbers,) * 4, *(types.int64,) * 3)
    dispatcher = cast(Any, njit(**OPTIONS)(function))
    dispatcher.compile(signature)
    made = dispatcher.overloads[signature.args]
    module = binding.parse_assembly(made.library.get_llvm_str())
    module.link_in(binding.parse_assembly(_CALLER.format(inner=made.fndesc.llvm_func_name, symbol=symbol)))
    for each in (*module.functions, *module.global_variables):
        if not each.is_declaration and each.name != symbol:
            each.linkage = "internal"
    triple, processor, features = made.library.codegen.magic_tuple()
    machine = binding.Target.from_triple(triple).create_target_machine(
        cpu=processor, features=features, opt=3, codemodel="jitdefault", jit=True
    )
    passes = binding.create_new_module_pass_manager()
    passes.add_global_dead_code_eliminate_pass()
    passes.run(module, binding.create_pass_builder(machine, binding.create_pipeline_tuning_options(speed_level=0)))
    needed = {each.name for each in module.functions if each.is_declaration and not each.name.startswith("llvm.")}
    assert needed <= set(LIBRARY), f"{function.__name__} needs {needed - set(LIBRARY)}"
    return machine, module


_CALLER = """
declare i32 @"{inner}"(ptr, ptr, ptr, ptr, ptr, ptr, ptr, i64, i64, i64)
define void @NRT_MemInfo_call_dtor(ptr %0) {{ ret void }}
define double @"{symbol}"(ptr %line, ptr %P, ptr %D, ptr %V, ptr %G, i64 %ld, i64 %n, i64 %training) {{
    %result = alloca double
    store double 0.0, ptr %result
    %fault = alloca ptr
    %status = call i32 @"{inner}"(
        ptr %result, ptr %fault, ptr %line, ptr %P, ptr %D, ptr %V, ptr %G, i64 %ld, i64 %n, i64 %training)
    %number = load double, ptr %result
    ret double %number
}}
"""
