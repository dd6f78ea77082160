package dev.runnel.experiments.cli;

import dev.runnel.autodiff.simd.SimdBackend;
import dev.runnel.autodiff.tornado.Accelerator;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "doctor", description = "Tells what this machine runs on, and how to turn on what is off.")
final class DoctorCommand implements Callable<Integer> {
  private final Common common;

  @Option(names = "--json", description = "One JSON object on standard output.")
  private boolean json;

  DoctorCommand(Common common) {
    this.common = common;
  }

  @Override
  public Integer call() {
    var off = new ArrayList<String>();
    var result = new LinkedHashMap<String, Object>();
    result.put("java", Runtime.version().toString());
    try (var simd = new SimdBackend(1)) {
      result.put("simd_bits", simd.bits());
    }
    if (!SimdBackend.vectorStatus().isEmpty()) {
      off.add(SimdBackend.vectorStatus());
    }
    result.put("blas", SimdBackend.blasStatus());
    result.put("cores", Runtime.getRuntime().availableProcessors());
    var devices = new ArrayList<String>();
    try {
      Accelerator.provider().devices().forEach((name, what) -> devices.add(name + " " + what));
    } catch (IllegalArgumentException e) {
      off.add(String.valueOf(e.getMessage()));
    }
    result.put("devices", devices);
    result.put("off", off);
    common.console().result(result, json);
    return 0;
  }
}
