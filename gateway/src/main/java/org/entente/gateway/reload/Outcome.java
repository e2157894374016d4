package org.entente.gateway.reload;

import java.util.List;
import org.entente.policy.model.Finding;

/**
 * What came of policies that somebody wanted in force.
 *
 * @param accepted whether they are without error
 * @param revision the one in force now
 * @param findings everything that is wrong or doubtful about them
 * @param changes what they change, for people, a line each
 */
public record Outcome(boolean accepted, long revision, List<Finding> findings, List<String> changes) {}
