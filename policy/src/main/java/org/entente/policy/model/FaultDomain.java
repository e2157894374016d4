package org.entente.policy.model;

/** What can fail or be turned off as one, with every site in it. */
public enum FaultDomain {
    /** One site. */
    SITE,
    /** Every site of one provider. */
    PROVIDER,
    /** Every site in one country. */
    COUNTRY,
    /** Every site whose operator one country's or union's law can compel. */
    JURISDICTION;

    @Override
    public String toString() {
        return Word.of(this);
    }
}
