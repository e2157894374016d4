package org.entente.gateway.wire.form;

import org.entente.gateway.error.S3ErrorCode;
import org.entente.gateway.error.S3Refusal;
import org.entente.policy.model.Principal;

/**
 * Who let a form be posted, and with how much.
 *
 * @param least how many bytes the file must have
 * @param most how many it may have
 */
public record Permission(Principal principal, long least, long most) {
    static Permission of(Principal principal, FormPolicy.Range range) {
        return new Permission(principal, range.least(), Math.min(range.most(), FormPolicy.Range.ANY.most()));
    }

    /** @throws S3Refusal when so many bytes are too many, whatever else comes */
    public void checkSoFar(long length) {
        if (length > most) {
            throw new S3Refusal(S3ErrorCode.ENTITY_TOO_LARGE, "Your proposed upload exceeds the maximum allowed size.");
        }
    }

    /** @throws S3Refusal when so many are too few */
    public void checkWhole(long length) {
        if (length < least) {
            throw new S3Refusal(
                    S3ErrorCode.ENTITY_TOO_SMALL, "Your proposed upload is smaller than the minimum allowed size.");
        }
    }
}
