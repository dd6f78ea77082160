package dev.runnel.experiments.study;
/** stub replaced below. */
final class CodeVersion { private CodeVersion() {} }
