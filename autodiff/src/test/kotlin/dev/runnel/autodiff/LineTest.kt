package dev.runnel.autodiff

import dev.runnel.autodiff.kernel.PlannedEngine
import dev.runnel.autodiff.optimise.Adam
import dev.runnel.autodiff.simd.Cold
import kotlin.math.abs
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import org.apache.arrow.memory.RootAllocator

/** The library as Kotlin sees it: operators on tensors, records as properties. */
class LineTest {

    @Test
    fun `operators record what they say`() {
        val tape = Tape(DType.F64)
        val a = tape.input("a", Shape.of(3))
        val b = tape.input("b", Shape.of(3))
        val y = a * b + 1
        tape.output("y", -y / 2 - a)
        tape.output("slope", tape.gradients(y.sum(), listOf(a)).first())

        assertEquals(listOf(3), y.shape.dims)
        assertEquals(DType.F64, y.type)

        run(tape, "a" to doubleArrayOf(1.0, 2.0, 3.0), "b" to doubleArrayOf(4.0, 5.0, 6.0)) { program, _ ->
            assertEquals(listOf(-3.5, -7.5, -12.5), program.get("y").toList())
            assertEquals(listOf(4.0, 5.0, 6.0), program.get("slope").toList())
        }
    }

    @Test
    fun `a line is fitted`() {
        val tape = Tape(DType.F32)
        val x = tape.input("x", Shape.of(16))
        val slope = tape.scope().parameter("slope", Shape.of(), Init.zeros())
        val height = tape.scope().parameter("height", Shape.of(), Init.zeros())
        val miss = slope * x + height - (x * 3 - 1)
        val loss = (miss * miss).mean()
        tape.output("loss", loss)
        Adam.of(0.1).minimise(loss)

        run(tape, "x" to DoubleArray(16) { it / 8.0 - 1 }) { program, variables ->
            repeat(300) { program.run() }
            assertTrue(program.get("loss")[0] < 1e-4)
            assertTrue(abs(variables["slope"][0] - 3) < 0.05)
            assertTrue(abs(variables["height"][0] + 1) < 0.05)
        }
    }

    private fun run(tape: Tape, vararg inputs: Pair<String, DoubleArray>, then: (Program, Variables) -> Unit) =
        RootAllocator().use { allocator ->
            Variables(allocator, 1).use { variables ->
                PlannedEngine(Cold.backend(1)).use { engine ->
                    engine.compile(tape, variables).use { program ->
                        inputs.forEach { (name, values) -> program.set(name, *values) }
                        program.run()
                        then(program, variables)
                    }
                }
            }
        }
}
