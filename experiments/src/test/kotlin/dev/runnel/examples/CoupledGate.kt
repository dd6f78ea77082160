package dev.runnel.examples

import dev.runnel.autodiff.Init
import dev.runnel.autodiff.Scope
import dev.runnel.autodiff.Shape
import dev.runnel.autodiff.Tensor
import dev.runnel.ssm.Cell
import dev.runnel.ssm.Drives
import dev.runnel.ssm.State
import dev.runnel.ssm.StateShape

// begin
/** The same idea, the candidate held back by the gate. */
class CoupledGate(private val d: Int) : Cell {
    override fun state() = StateShape.of(d)

    override fun drive(p: Scope, u: Tensor) =
        Drives.of("u", u.matmul(p.parameter("W", Shape.of(u.shape.last(), d), Init.normal(0.2))))

    override fun step(p: Scope, state: State, drives: Drives): State {
        val (x) = state
        val a = p.parameter("a", Shape.of(d), Init.uniform(-1.0, 1.0))
        val gate = (a * x + drives["u"]).sigmoid()
        val candidate = (drives["u"] - gate * x).tanh()
        return State.of(x + gate * (candidate - x) * 0.5)
    }
}
// end
