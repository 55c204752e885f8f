/*
 * core/db/empty.c
 *	Holds the place of the room until its first file stands.
 */
int room_db_stands;
