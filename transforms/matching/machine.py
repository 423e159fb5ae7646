"""Machine code for this processor: made of LLVM's assembly, put into memory, and called.

llvmlite alone does it. numba, which writes that assembly, is not needed for code that is there.
"""

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any

import llvmlite
import llvmlite.binding as llvm

ENTRY = """
declare i32 @"{inner}"(ptr, ptr, ptr, ptr)
define i32 @"{name}"(ptr %words) nounwind {{
  %result = alloca i64
  %raised = alloca ptr
  %status = call i32 @"{inner}"(ptr %result, ptr %raised, ptr %words, ptr %words)
  ret i32 %status
}}
"""
Run = Callable[[Any], int]


@cache
def processor() -> str:
    """What machine code is good for: this processor and this LLVM."""
    features = llvm.get_host_cpu_features().flatten()
    return f"{llvm.get_process_triple()} {llvm.get_host_cpu_name()} {features} {llvmlite.__version__}"


def assembled(assembly: str, inner: str, name: str) -> bytes:
    """The object file of the function `inner` of `assembly`, to be called by `name`, and of what it calls.

    `inner` is as numba writes a function of two pointers that returns nothing; here they are two views of one block of
    words. `name` takes that block, and returns what isn't 0 if something was raised. Raises TypeError if it needs what
    is neither in the file nor in the C library.
    """
    module = llvm.parse_assembly(assembly)
    module.link_in(llvm.parse_assembly(ENTRY.format(inner=inner, name=name)))
    for number, each in enumerate((*module.functions, *module.global_variables)):
        if each.name != name and not each.is_declaration:
            each.linkage = llvm.Linkage.internal
            each.name = f"part{number}"  # numba's name counts what it compiled before
    machine, passes = _machine(), llvm.create_new_module_pass_manager()
    passes.add_global_dead_code_eliminate_pass()
    passes.add_strip_dead_prototype_pass()
    passes.run(module, llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options()))
    _refuse_strangers(module)
    code: bytes = machine.emit_object(module)
    return code


def _refuse_strangers(module: Any) -> None:
    """See that nothing is called or read that another process would not have at hand."""
    library = ctypes.CDLL(None)
    declared = [each.name for each in (*module.functions, *module.global_variables) if each.is_declaration]
    names = [name for name in declared if not name.startswith("llvm.")]
    strange = [name for name in names if name.lstrip("_").startswith("Py") or not hasattr(library, name)]
    if strange:
        raise TypeError(f"its machine code needs {', '.join(strange)}; next: have the caller make all arrays")


def loaded(code: bytes, name: str) -> Run:
    """The function `name` of an object file: it takes the address of a block of words. Other threads go on."""
    engine = _engine()
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    # to ask where it is makes it ready to run
    return ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p)(engine.get_function_address(name))


@cache
def _engine() -> Any:
    """One for all: another costs ten times what another function does."""
    return llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine())


def _machine() -> Any:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    triple = llvm.get_process_triple()
    return llvm.Target.from_triple(triple).create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=3, jit=True,
        reloc="static" if triple.startswith("x86") else "default",
    )  # fmt: skip
