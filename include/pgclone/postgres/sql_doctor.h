/* What `doctor` asks beside a look, and the statements that it tells its user to send. */
#ifndef PGCLONE_POSTGRES_SQL_DOCTOR_H
#define PGCLONE_POSTGRES_SQL_DOCTOR_H

/** The result sets of sql_doctor(), in this order. */
enum sql_doctor_set {
    DOCTOR_SERVER,   /**< one row: server, in_use, role_limit, role_in_use, may_replay */
    DOCTOR_SETTINGS, /**< name, value: what new sessions find; sizes in the setting's unit */
    DOCTOR_TEMPLATE, /**< none or one row: is_open, size, recorded, actual */
    DOCTOR_OWNERS,   /**< owner: who else has tables in the template, as far as that is recorded */
    DOCTOR_INVALID,  /**< name, owner: what interrupted DROPs have left, whosever it is */
};

/** The statements, for one round trip. `template_name` may be NULL. Nothing is asked for that an
 * ordinary role may not see. The caller frees it. */
char *sql_doctor(const char *template_name, int server_version);

/** Where the server itself is, behind a proxy: address (NULL: it is reached by a socket), port. */
extern const char sql_doctor_address[];

/** Statements that mend something, a line each; in brackets what they take, all strings. */
enum sql_fix {
    SQL_FIX_CREATEDB,         /**< may create databases (role) */
    SQL_FIX_MAKE,             /**< make a database (database, owner) */
    SQL_FIX_REMAKE,           /**< an invalid one anew (database, database, owner) */
    SQL_FIX_CLONABLE,         /**< may be cloned by everybody who may create (database) */
    SQL_FIX_ROLE,             /**< make a role (role) */
    SQL_FIX_MEMBER,           /**< before 16 (owner, role, role) */
    SQL_FIX_MEMBER_16,        /**< from 16 on (owner, role) */
    SQL_FIX_SET_ASIDE,        /**< another name (database, new name) */
    SQL_FIX_END_SESSION,      /**< (process id) */
    SQL_FIX_ROLL_BACK,        /**< a prepared transaction (database, its name) */
    SQL_FIX_COLLATION,        /**< of a database that is open (database, database, database) */
    SQL_FIX_COLLATION_SEALED, /**< of one that is not (database) */
    SQL_FIX_DROP,             /**< (database) */
    SQL_FIX_NO_LIMIT,         /**< of connections to a database (database) */
    SQL_FIX_NO_ROLE_LIMIT,    /**< of connections of a role (role) */
    SQL_FIX_NO_SYNC_COMMIT,   /**< in a database and its copies (database) */
    SQL_FIX_SYSTEM,           /**< a setting that holds at once (name, value) */
    SQL_FIX_SYSTEM_RESTART,   /**< one that holds from the next start on (name, value) */
    SQL_FIX_REPLAY,           /**< may put rows back without triggers (role) */
    SQL_FIX_REASSIGN,         /**< tables get another owner (database, owner, role) */
};

/** The statement with its arguments. The caller frees it. */
char *sql_fix(enum sql_fix fix, ...);

#endif
