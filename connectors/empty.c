/*
 * connectors/empty.c
 *	Holds the place.
 */
int room_connectors_stands;
